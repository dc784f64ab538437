"""The starter zoo: small models pretrained by this project on data that anyone can regenerate."""
