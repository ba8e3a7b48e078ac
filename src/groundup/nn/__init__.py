"""Layers, losses and initialisation. Names, shapes and defaults are those of torch.nn."""

from groundup.nn import init
from groundup.nn.activation import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from groundup.nn.attention import DotProductAttention, scaled_dot_product_attention
from groundup.nn.batch_norm import BatchNorm1d, BatchNorm2d
from groundup.nn.block import TransformerDecoderLayer, TransformerEncoderLayer
from groundup.nn.conv import Conv1d, Conv2d
from groundup.nn.conv_transpose import ConvTranspose2d
from groundup.nn.ctc_loss import CTCLoss
from groundup.nn.dropout import Dropout, Dropout2d
from groundup.nn.embedding import Embedding
from groundup.nn.feed_forward import FeedForward, SwiGLU
from groundup.nn.flatten import Flatten, Unflatten
from groundup.nn.gru import GRU, GRUCell
from groundup.nn.kl_loss import KLDivLoss
from groundup.nn.layer_norm import GroupNorm, LayerNorm, RMSNorm
from groundup.nn.linear import Linear
from groundup.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from groundup.nn.lstm import LSTM, LSTMCell
from groundup.nn.multihead import KVCache, MultiheadAttention
from groundup.nn.packing import PackedSequence, pack_padded_sequence, pad_packed_sequence, pad_sequence
from groundup.nn.perceptron import Perceptron
from groundup.nn.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from groundup.nn.position import LearnedPositionalEmbedding, RotaryEmbedding, SinusoidalPositionalEncoding
from groundup.nn.residual import Residual
from groundup.nn.rnn import RNN, RNNCell
from groundup.nn.robust_loss import HuberLoss, L1Loss, SmoothL1Loss

__all__ = [
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "CTCLoss",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DotProductAttention",
    "Dropout",
    "Dropout2d",
    "Embedding",
    "FeedForward",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "HuberLoss",
    "KLDivLoss",
    "KVCache",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "LearnedPositionalEmbedding",
    "Linear",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "MultiheadAttention",
    "PackedSequence",
    "Perceptron",
    "RMSNorm",
    "RNNCell",
    "ReLU",
    "Residual",
    "RotaryEmbedding",
    "SiLU",
    "Sigmoid",
    "SinusoidalPositionalEncoding",
    "SmoothL1Loss",
    "Softmax",
    "SwiGLU",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Unflatten",
    "init",
    "pack_padded_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "scaled_dot_product_attention",
]
