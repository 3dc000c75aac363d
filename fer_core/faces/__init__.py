"""Faces in photographs: found, turned upright, cut out.

The detector is our own on facenet-pytorch's nets and weights: on 256 photographs of muxspace, 350
pixels a side, it goes from the files to square crops at 3.7 to 4.2 times the rate at which
facenet-pytorch's `detect` only finds the faces, and with the same method it finds the same ones
(`python benchmarks/faces.py PATH_OF_MUXSPACE_ZIP --n 256`, one thread). On London's photographs of
512 pixels, one large face each, there is no such gain: 0.6 to 1.9 times in three runs.
"""
