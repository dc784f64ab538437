"""What can be hidden: patches and superpixels of a picture, words and sentences of a text, columns of a row."""
