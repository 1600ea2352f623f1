package lib_test

import "example.test/m/lib"

var _ = lib.Tested
