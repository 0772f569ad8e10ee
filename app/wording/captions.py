"""What each part of the page shows, for readers who have not read the paper."""

PREDICTION = (
    "The most likely next tokens: in grey according to the full model, in colour according to the "
    "[subgraph](glossary#subgraph), which keeps only the edges shown in the graph. The sign after the bars tells how "
    "many ranks a token has moved."
)
CURVE = (
    "How far the subgraph's prediction is from the full model's as edges are added. For [total "
    "variation](glossary#total-variation-tv) (TV), 1 means nothing in common and 0 means equal; the [KL "
    "divergence](glossary#kl-divergence-kl) has no upper limit. Click to go to a size."
)
ENTROPY = (
    "The [entropy](glossary#entropy) of the subgraph's prediction: how uncertain it is, in nats. 0 is certain. The "
    "dashed line is the full model."
)
SHARED_LIST = (
    "The [shared nucleus](glossary#shared-nucleus): up to which share of the probability the subgraph and the full "
    "model list the same most likely tokens in the same order."
)
LAYERS = (
    "Which blocks become active as edges are added: how many of a block's attention heads have a kept edge, and at how "
    "many tokens its MLP has one. The first block is at the bottom, and small subgraphs are on the left. Click a cell "
    "to go to its size."
)
KINDS = (
    "What the kept edges are. Attention moves information from one token to another, an MLP works on one token at a "
    "time, and a residual connection passes a token's state on unchanged."
)
KINDS_AVAILABLE = "How much of each kind is kept, out of all the edges of that kind."
NUMBERS = (
    "How much of the model this prediction takes, and from which size on it is recovered. Every number is measured on "
    "a subgraph that was actually run; none is estimated."
)
COMPONENTS_TABLE = "The active heads and MLPs at this size, in the order in which the trace included them."
EDGES_TABLE = (
    "The kept edges, in the order of the trace. An edge's score says how much it contributes to its target, relative "
    "to the target's other edges."
)
COMPARE = (
    "A is this page. B is another prompt, token, model, score rule or search. Both are shown at the same share of "
    "their edges, because the numbers of edges of two prompts or models are not comparable."
)
COMPARED_COMPONENTS = "Which heads and MLPs are used only by A, only by B, or by both (•), at any token."
COMPARED_TOKENS = (
    "The most likely next tokens of both subgraphs. The sign tells how a token's rank changes from A to B."
)
SET_B = "Make what this page shows now B; then change the page."
TEXT_DENSITY = (
    "How much of the model it took to predict each token of a text: the stronger the colour, the more edges the "
    "prediction of that token needs. Click a token to look inside its prediction."
)
HEAD = (
    "Grey: how much the head attends to each token (its [attention pattern](glossary#attention-pattern)). In colour: "
    "how much of its output comes from that token. After the bars: the size from which on the edge is included."
)
MLP = (
    "What the MLP adds to the [state](glossary#residual-stream) of this token, and which next tokens that promotes and "
    "suppresses."
)
STATE = (
    "What the model would predict if it stopped here: the [logit lens](glossary#logit-lens), which reads this state as "
    "if it were the last one. Grey: in the full model. In colour: in the subgraph."
)
EFFECTS = (
    "[Direct logit attribution](glossary#direct-logit-attribution): the tokens whose logits this component alone "
    "raises and lowers most, relative to the mean over the vocabulary. What later components make of its output is not "
    "counted."
)
ZERO_STATE = "No kept edge leads here. In this subgraph the state is zero, so its logit lens is meaningless."
PROOF = (
    "Before a model is traced, the program takes it apart and puts it back together: the graph of all edges must give "
    "the model's own prediction, and the contributions to each state must add up to the state. Measured on this model:"
)
EXPORT = "Everything on this page, to take with you: tables, the complete result, the graph."
SAVE_PICTURES = "Each chart has its own buttons to save it as a picture, as it appears on the page."
NEEDS_MODEL = (
    "This needs the model itself, which is still loading or was not opened. A result file holds only its numbers."
)
OWN_MODELS = (
    "To open your own models, start with `s-trace explore --models FOLDER` or `make run MODELS=FOLDER`. For models "
    "from the hub, add `--hub` or `HUB=1`."
)
