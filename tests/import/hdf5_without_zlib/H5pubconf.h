// Stands for a libhdf5 that was compiled without zlib: H5_HAVE_FILTER_DEFLATE is not defined.
