package other

import (
	"example.test/m/lib"
	"example.test/m/stage"
)

var (
	_ = lib.OfTests
	_ = stage.Set
)
