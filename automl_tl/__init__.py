"""Choose and fine-tune pretrained models when labelled data is scarce, with evidence."""
