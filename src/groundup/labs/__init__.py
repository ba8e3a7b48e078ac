"""Labs: whole experiments on real data, one file each. See ``groundup lab list``."""
