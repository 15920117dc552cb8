"""ResNet-20 on CIFAR-10: a network that strangers designed, trained here once, made smaller."""
