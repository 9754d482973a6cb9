"""A head that is drawn, so that the examples need nobody's face: ICT-FaceKit's mesh, our own renderer."""
