"""A dense network, a convolutional one and an LSTM, by compile and fit."""

# /// script
# dependencies = ["keras==3.15.1", "parameterized", "pandas", "scikit-learn"]
#
# [tool.libraries.tests]
# options = ["-o", "python_files=*_test.py", "-k", "not test_big_chunk"]
# paths = [
#     "keras/src/layers/core", "keras/src/losses", "keras/src/metrics", "keras/src/models",
#     "keras/src/optimizers",
# ]
# ///

import json

import keras
import numpy as np

keras.utils.set_random_seed(0)
random = np.random.default_rng(0)

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
y = np.array([[0], [1], [1], [0]], "float32")
dense = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, "sigmoid")])
dense.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = dense.fit(x, y, epochs=10, batch_size=4, verbose=0)

inputs = keras.Input((8, 8, 1))
hidden = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
hidden = keras.layers.BatchNormalization()(hidden)
hidden = keras.layers.GlobalAveragePooling2D()(hidden)
images = keras.Model(inputs, keras.layers.Dense(3, "softmax")(hidden))
images.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
pixels, labels = random.random((16, 8, 8, 1)).astype("float32"), np.arange(16) % 3
seen = images.fit(pixels, labels, epochs=3, batch_size=8, shuffle=False, verbose=0)

sequence = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4), keras.layers.Dense(1)])
sequence.compile("rmsprop", "mse")
series = random.random((8, 5, 3)).astype("float32")
errors = sequence.fit(series, series.mean((1, 2)), epochs=3, shuffle=False, verbose=0)
print(
    json.dumps(
        {
            "xor": history.history["loss"],
            "xor_answers": dense.predict(x, verbose=0).tolist(),
            "images": seen.history["loss"],
            "image_answers": images.predict(pixels, verbose=0).tolist(),
            "series": errors.history["loss"],
        }
    )
)
