"""farense: pytest for fine-tuned adapters.

It trains a QLoRA adapter on a 4-bit base with MLX and then says, with evidence
anyone can replay, whether that adapter is good and whether it overfits.
"""

__version__ = "0.1.0"
