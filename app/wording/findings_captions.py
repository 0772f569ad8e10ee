"""What each part of the page of findings shows and how it is read, for somebody who has not read the paper."""

INTRODUCTION = (
    "A language model is a graph of parts that hand results to each other. The paper *Tracing Computation Density in "
    "LLMs* grows subgraphs of it, heaviest edge first, and asks how soon they predict what the whole model does. Here "
    "its claims are held against many prompts at once. Brackets hold the 95 % range of a number: how far it "
    "would move with other prompts of the same kind."
)
CLAIMS = (
    "Each line is one claim of the paper. It **holds** where the whole range lies on the claim's side of a limit that "
    "was fixed before there was a study, and **does not hold** where it lies on the other; else one cannot tell. "
    "Nor can one of small subgraphs where 0.1 % of a prompt's edges are fewer than a single path through the model. "
    "The untrained twin is the same model with random weights: what it shows as well is no sign of learning."
)
CLAIM_SUBJECT = (
    "“All” are claims about how models compare with each other. One claim was not fixed beforehand but added after a "
    "first look at a study: that the subgraph that comes within 0.1 grows with uncertainty."
)
RECONSTRUCTION = (
    "How far a subgraph's prediction is from the whole model's, as edges are added: 1 is nothing in common, 0 is the "
    "same. The line is the mean over prompts; of five prompts, four lie in the band of the trace. A trace that "
    "falls left of the other orders needs fewer edges than they do."
)
AXIS = (
    "Before a subgraph holds one path from a token to the prediction it cannot know the prompt, whatever the model. "
    "Counted in paths or in backbones (all skip connections and MLPs), graphs of different size compare."
)
PHASES = (
    "In which stretch of sizes the distance to the model falls, as a part of its whole fall. What the trace loses in a "
    "stage beyond edges taken at random is owed to the choice of edges; what the untrained twin loses as well is owed "
    "to the graph."
)
HALF_FALL = (
    "The size at which half of the distance is gone, counted in three units. The unit in which prompts scatter least, "
    "and in which the exponent is near 1, is the one that explains the size. Of the trace; the other orders are in the "
    "file."
)
SIZES = (
    "How much of the model it takes until a subgraph first meets each criterion: the median prompt, with its range. "
    "The shared list is the part of the probability up to which subgraph and model list the same likeliest tokens in "
    "the same order. Further left is fewer edges; what is met without any edge is not drawn."
)
MAKEUP = (
    "What subgraphs are made of. “Of the kept edges” shows how the kept edges divide. "
    "“Beside what there is” divides that by the kind's part of the whole model: 1 is taken as it comes, above 1 is "
    "preferred."
)
DENSITY = (
    "Each dot is a prompt. The higher its density, the more of the model the prediction takes. Click a dot to open its "
    "prompt in the explorer."
)
MEASURED_BY = (
    "Area over log size is the paper's: under the curve of distance, from 0 to 5, each decade of sizes counting alike. "
    "On small models most of it lies below one path to the input, where it says how uncertain the prediction is. Area "
    "over size, from 0 to 1, counts each edge alike. Size at distance 0.1 is the share of edges at which the subgraph "
    "first comes that close to the whole model."
)
CORRELATES = (
    "Rank correlation (Spearman): 1 rises together, 0 is unrelated, −1 falls. “At equal length” takes out what the "
    "number of tokens explains of both."
)
GROUPS = "Mean density of each group of prompts; the medians are in the file."
AGREEMENT = (
    "Each dot is a prompt, its density in two models: along a rising cloud the models find the same prompts hard to "
    "predict with little. Click a dot to open its prompt in the explorer."
)
UNIGRAM = (
    "Whether small subgraphs predict by how frequent tokens are in the training text: their distance to those "
    "frequencies, 0 is the same, and how alike the ranking is, 1 is the same. The dashed line is the whole model: a "
    "subgraph nearer to the frequencies than it stands below the line of distance, above that of ranking."
)
NO_UNIGRAMS = (
    "This study does not know how frequent tokens are in its models' training text; it would if the counts lay beside "
    "the models."
)
REUSE = (
    "Whether different prompts use the same heads and MLPs. On the diagonal all are used alike; the further "
    "the line hangs below it, the fewer carry most of the use. The Gini coefficient is that as a number, from 0 to 1."
)
USE_GRID = (
    "How many of the prompts use each head and MLP in their subgraph of this size: blocks upwards, heads to the right, "
    "the MLP last. The stronger, the more prompts."
)
UNTRAINED_CLOSED = "An untrained model is drawn for contrast and cannot be opened in the explorer."
NOT_OFFERED = "This server does not open this model, so its dots only tell what they are."
NO_PROMPTS = "No prompt of this choice has been traced. Choose other models or groups at the side."
NO_DATA = "This study holds nothing for this part."
ONE_MODEL = "This needs two models in the choice at the side."
