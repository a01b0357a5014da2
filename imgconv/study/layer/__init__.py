"""A convolutional layer over a picture: a bank of kernels, bias, activation and pooling."""
