"""What one sees in each part of the page, in words for somebody who has not read the paper."""

PREDICTION = (
    "The likeliest next tokens: grey what the whole model says, in colour what is left when only the edges of the "
    "graph are kept. The sign after the bars tells how many ranks a token has moved."
)
CURVE = (
    "How far the subgraph's prediction is from the model's, as edges are added: 1 is nothing in common, 0 is the same. "
    "Click to move there."
)
ENTROPY = "How undecided the subgraph is, in nats: 0 is certain. The dashed line is the whole model."
SHARED_LIST = (
    "Up to which share of the probability the subgraph and the whole model list the same likeliest tokens in the same "
    "order."
)
WAKING = (
    "Which blocks wake up as edges are added: how many of a block's attention heads have a kept edge, and at how many "
    "tokens its MLP does. The first block is at the foot, few edges on the left. Click a cell to move there."
)
KINDS = (
    "What the kept edges are. Attention carries information from one token to another, an MLP works on one token "
    "alone, and a skip connection hands a token's state on as it is."
)
KINDS_AVAILABLE = "Of each kind, how much of what the model has is kept."
NUMBERS = (
    "How much of the model this prediction takes, and from which size on it is recovered. Every number is measured on "
    "a subgraph that was run, none is estimated."
)
COMPONENTS_TABLE = "The heads and MLPs in use at this size, in the order in which the trace took them up."
EDGES_TABLE = (
    "The kept edges, in the order in which the trace took them. The share tells how much of all that enters a state "
    "comes over this edge."
)
COMPARE = (
    "A is this page, B another prompt, token, model, score rule or search. Both are cut at the same share of their "
    "edges, for the numbers of edges of two prompts do not compare."
)
COMPARED_COMPONENTS = "Which heads and MLPs are used by A alone, by B alone, or by both (•), at any token."
COMPARED_TOKENS = "The likeliest next tokens of both subgraphs. The sign tells how a token's rank changes from A to B."
SET_B = "Keep what this page shows now as B; then change the page."
TEXT_DENSITY = (
    "How much of the model it took to predict each token of a text: the stronger the colour, the more edges the "
    "prediction of that token needs. Click a token to look inside the prediction of it."
)
HEAD = (
    "Grey: how much the head looks at each token. In colour: how much of what it writes comes from there. After the "
    "bars stands the size from which on the edge is in the graph."
)
MLP = "What the MLP adds to the state of this token, and which next tokens that speaks for and against."
STATE = (
    "What the model would predict if it stopped here: the state, read as if it were the last one. Grey with the whole "
    "model below it, in colour with the subgraph."
)
EFFECTS = (
    "Tokens whose scores (logits) this part alone raises and lowers most, directly and beside the mean of all tokens. "
    "What later parts make of it is not counted."
)
ZERO_STATE = "No kept edge leads here: in this subgraph the state is empty, so what it predicts says nothing."
BASELINES = (
    "Random growth takes edges at random, from the prediction down. Backbone first takes all skip connections and "
    "MLPs, then attention at random. Without the trace's edges: the model minus what the trace has found; if that "
    "hurts, the trace has found what matters."
)
EFFORT = (
    "How many steps the guided search takes. At 1 a trace takes about 8 times as long as best first; at 4 some 26 "
    "times, for curves that are lower still."
)
PROOF = (
    "Before a model is used, the program takes it apart and puts it together again: all edges together must give the "
    "model's own answer, and the parts of each state must add up to the state. What it measured on this model:"
)
KEEP = "Everything that is on the page, to take along: tables, the whole result, the graph."
SAVE_PICTURES = "Each chart has buttons of its own to save it as a picture, as it stands on the page."
NEEDS_MODEL = "This needs the model itself, which is still loading or was not opened: a file holds its numbers alone."
