"""Files opened again as whoever gets them would: the words of a PDF, the entries of a zip as they stream by."""
