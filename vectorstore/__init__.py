"""Whatever must be the same when indexing and when asking: passages, encoder, words, generations, search."""
