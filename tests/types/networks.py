"""Lines for type checkers, of nn and viz: those marked `# wrong` must be errors, and no others."""

from typing import assert_type

import numpy as np

import nn
import viz
from autograd import Value, grad, relu
from nn import MLP, SGD, Layer, Module, Neuron, Perceptron, cross_entropy, fit, huber_loss, mse_loss

X, y = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
model = MLP(2, [3, 1], activation="tanh", output="sigmoid", init="xavier", seed=1)

# --------------------------------------------------------------------------------------------------------- models
assert_type(Neuron(2, "relu")(X[0]), Value)
assert_type(Perceptron(2)(X[0]), Value)
assert_type(model.parameters(), list[Value])
model(X[0]).backward()
print(model(np.ones(2)).data, model(X[0])[0].data, [output.data for output in Layer(2, 3, relu)(X[0])])
MLP(2, [3, 1], activation=lambda v: v * v)

MLP(2, [3], activation="rellu")  # wrong
MLP(2, [3], init="kaiming")  # wrong
model(X[0]).dataa  # wrong
model.parametres()  # wrong
model.layers[0].neurons[0].w[0].weight  # wrong


class Mine(Module):
    def __init__(self) -> None:
        self.w = Value(2.0)

    def forward(self, x: Value) -> Value:
        return self.w * x


Mine()(3.0).backward()

# --------------------------------------------------------------------------------------------------------- losses
assert_type(mse_loss([1.0, 2.0], [1.0, 4.0]), float)
assert_type(mse_loss(Value(1.0), 2.0), Value)
assert_type(huber_loss([Value(1.0)], [2.0], delta=0.5), Value)
assert_type(cross_entropy([[0.0, 1.0]], [1]), float)
assert_type(mse_loss([Neuron(2)(x) for x in X], y), Value)
mse_loss([model(x) for x in X], y).backward()
cross_entropy(model(X[0]), 1).backward()
loss: float = nn.mse_loss(np.ones(3), np.ones(3))
w = [Value(1.0), Value(2.0)]
assert_type(mse_loss([w[0], 1.0], [0, 1]), Value)
assert_type(mse_loss([w[0] * x[0] if x[1] > 0 else 0.0 for x in X], y), Value)
mse_loss([w[0] * x[0] for x in np.array(X)], y).backward()
grad(lambda v: mse_loss([v[0] * x[0] for x in X], y))([1.0, 2.0])
assert_type(mse_loss([1.0, 2.0], np.ones(2)), float)
mse_loss(predictions=[1.0], targets=[2.0])
cross_entropy([0.0, 1.0], target=1)
assert_type(cross_entropy([[w[0], 0.0], [w[1], 1.0]], [0, 1]), Value)
state = [1.0]
print(Layer(2, 3)(X[0]) + state, model(X[0]) * 2.0)

mse_loss("12", "34")  # wrong
mse_loss(model(X[0]), 1.0).dataa  # wrong
nn.mse_los  # wrong
nn.typo  # wrong

# ------------------------------------------------------------------------------------------------------- training
optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
history = fit(model, X, y, loss="binary_cross_entropy", optimizer=optimizer, metrics=["accuracy"], epochs=2)
fit(
    model, np.array(X), np.array(y), loss=mse_loss, backend="eager", metrics="r2", callbacks=lambda epoch, history: None
)
print(nn.predict(model, X).shape)
assert_type(nn.predict(lambda x: relu(x[0]), X), np.ndarray)
Perceptron(2).fit(np.array(X), np.array(y))
fit(model, X, y, loss="mse", validation_data=[X, y], metrics=("r2",))
assert_type(nn.evaluate(model, X, y, loss="mse_loss"), dict[str, float])
viz.draw(model(X[0])).write("graph.svg")
viz.plot_history(history)
assert_type(viz.explore(model(X[0])), viz.Explorer)
viz.explore(model(X[0]), model)
viz.explore(model(X[0]), parameters=model.parameters())
viz.explore(model, X, y, loss="mse", parameters=model.layers[0])
viz.explore(model, np.array(X), np.array(y), loss=mse_loss)
viz.explore(lambda x: relu(x[0]), X)
viz.explore(lambda x, t: relu(x[0] - t), X, y, parameters=model)
assert_type(viz.play(data="spirals", layers=[8, 8], activation="relu", lr=0.01), viz.Playground)
viz.play(model, np.array(X), y, test=(X, y), loss="mse", optimizer=optimizer, classes=["a", "b"])
viz.play(classes=3, optimizer="sgd").save("play.html")

fit(model, X, y, loss="bce")  # wrong
fit(model, X, y, loss="mse", metrics=["acuracy"])  # wrong
fit(model, X, y, loss="mse", backend="torch")  # wrong
fit(model, X, y, loss="mse", dtype="float16")  # wrong
fit(model, X, y, loss="mse", epoch=3)  # wrong
SGD(model.parameters(), learning_rate=0.1)  # wrong
viz.drawing_of(model)  # wrong
viz.explore(model, X, y, loss="bce")  # wrong
viz.explore(model(X[0]), y=y)  # wrong
viz.explore(X, y)  # wrong
viz.play(X, y)  # wrong
viz.play(lr="0.1")  # wrong
viz.play(activation="tahn")  # wrong
viz.play(activaton="tanh")  # wrong
