FROM distribution('sex')
