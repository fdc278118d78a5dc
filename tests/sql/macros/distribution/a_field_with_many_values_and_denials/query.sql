FROM distribution('associated_disease')
