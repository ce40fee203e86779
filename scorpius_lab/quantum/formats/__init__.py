"""The parts of the key file formats: PEM blocks, ASN.1 structures, encrypted containers, forms made by others."""
