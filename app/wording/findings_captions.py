"""The running text of the Findings page, for readers who have not read the paper."""

INTRODUCTION = (
    "A language model can be read as a graph: attention heads, MLPs and residual connections are edges that carry "
    "information from the prompt to the prediction. The paper *Tracing Computation Density in LLMs* starts at one "
    "prediction and adds edges, strongest first. It asks how small a subgraph can be and still predict what the full "
    "model predicts. This page tests the paper's claims on many prompts.\n\n"
    "A subgraph's **size** is the share of all edges that it keeps. Its **distance** from the full model is the [total "
    "variation](glossary#total-variation-tv) (TV) between their predictions: 0 means identical, 1 nothing in common. "
    "Brackets give [95 % intervals](glossary#bootstrap-interval): how far a number would move with other prompts of "
    "the same kind."
)
CLAIMS = (
    "Each row tests one claim of the paper against a threshold that was set before the study was run. A claim "
    "**holds** if its whole interval lies on the claim's side of the threshold, **does not hold** if the interval lies "
    "on the other side, and is **undecided** otherwise. Claims about small subgraphs are also undecided if 0.1 % of "
    "the median prompt's edges are too few for a single path through the model. The untrained twin is the same model "
    "with random weights: what it shows too is no evidence of learning."
)
CLAIM_SUBJECT = (
    "“All” marks claims that compare models with each other. One claim was not set in advance but added after a first "
    "look at a study: the more uncertain the prediction, the larger the subgraph needed to reach TV 0.1."
)
RECONSTRUCTION = (
    "How far a subgraph's prediction is from the full model's as edges are added: 1 means nothing in common, 0 "
    "identical. Lines are means over prompts; the pale band holds the middle 80 % of prompts for the trace. The "
    "further left a line falls, the fewer edges it needs."
)
AXIS = (
    "A subgraph smaller than one path from a token to the prediction knows nothing of the prompt, whatever the model "
    "has learned. Counting in paths, or in [backbones](glossary#backbone) (all residual and MLP edges), makes graphs "
    "of different sizes comparable."
)
PHASES = (
    "In which range of sizes does the distance fall? Each bar is one stage's share of the total fall. What the trace "
    "has beyond random growth comes from choosing the right edges. What the untrained twin has too comes from the "
    "shape of the graph, not from learning."
)
HALF_FALL = (
    "The size at which half of the distance is gone, in three units. The unit that best explains this size is the one "
    "with the least spread between prompts and an exponent near 1, which means that the size grows in proportion to "
    "the unit. These are the trace's numbers; the file has the baselines' too."
)
RECOVERY = (
    "How large a subgraph must be to meet each criterion for the first time: the median prompt, with its interval. "
    "“Same 50 % nucleus” means that the most likely tokens that make up half of the probability are the full model's, "
    "in the same order. Further left means fewer edges. A criterion that is met without any edges is not drawn."
)
COMPOSITION = (
    "What subgraphs consist of, by kind of edge and by depth. “Share of kept edges” shows how the kept edges divide. "
    "“Relative to the full model” divides that by the share in the full model: 1 is proportional; above 1, "
    "over-represented."
)
DENSITY = (
    "Each dot is a prompt. The higher its density, the more of the model its prediction takes. Click a dot to open its "
    "prompt in the explorer."
)
DENSITY_MEASURE = (
    "How to measure a prediction's [density](glossary#density). **Area over log size** is the paper's measure: the "
    "area under the distance curve, from 0 to 5, with each decade of sizes counting the same. In small models, most of "
    "it lies below the size of one path to the input, where it reflects how uncertain the prediction is. **Area over "
    "size**, from 0 to 1, counts each edge the same. **Size at TV 0.1** is the share of edges at which the subgraph "
    "first comes within 0.1 of the full model."
)
CORRELATES = (
    "Spearman's [rank correlation](glossary#rank-correlation): 1 if the two always rise together, 0 if they are "
    "unrelated, −1 if one falls as the other rises. “At equal length” removes what the number of tokens explains of "
    "both."
)
GROUPS = "Mean density of each group of prompts. The file has the medians too."
AGREEMENT = (
    "Each dot is a prompt, placed by its density in two models. If the cloud rises, prompts that are dense in one "
    "model are dense in the other. Click a dot to open its prompt in the explorer."
)
UNIGRAM = (
    "Do small subgraphs simply predict frequent tokens? The first chart compares their predictions with how often "
    "tokens occur in the training text: a distance of 0 means identical. The second compares the two rankings of the "
    "tokens: 1 means identical. The dashed line is the full model. Subgraphs closer to the frequencies than the full "
    "model lie below it in the first chart and above it in the second."
)
NO_UNIGRAMS = (
    "This study does not record how often tokens occur in the models' training text. A study does if the token counts "
    "are stored beside the models."
)
REUSE = (
    "Do different prompts use the same heads and MLPs? On the diagonal, all are used equally. The further a curve sags "
    "below it, the fewer components carry most of the use. The [Gini coefficient](glossary#component-reuse) sums this "
    "up in a number, from 0 (equal use) to 1."
)
USE_GRID = (
    "The share of prompts whose subgraph of this size uses each head and MLP. Blocks run upwards and heads to the "
    "right, with the MLP last. The stronger the colour, the more prompts."
)
UNTRAINED_CLOSED = "Untrained models are shown for contrast; they cannot be opened in the explorer."
NOT_OFFERED = "This server does not offer this model, so clicking a dot does nothing."
NO_PROMPTS = "No prompts in this selection have been traced. Choose other models or groups in the sidebar."
OWN_STUDIES = "To see your own studies, start with `s-trace explore --studies FOLDER` or `make run STUDIES=FOLDER`."
NO_DATA = "This study has no data for this part."
ONE_MODEL = "Agreement takes at least two models. Choose another in the sidebar."
