package account

import (
	"cmp"
	"maps"
	"slices"
)

// settle returns the app that an account's messages go through, and whether that is still what its people chose. An explicit choice
// sticks while its app is installed. Else it is the app that was installed first, and none without an app.
//
// An app of the old form has no time of its install: it was there before all that have one. Of several such apps the present sender is
// the first, since somebody put it there by hand.
func settle(apps map[string]App, present string, chosen bool) (sender string, stillChosen bool) {
	if _, installed := apps[present]; installed && chosen {
		return present, true
	}

	if len(apps) == 0 {
		return "", false
	}

	rank := func(id string) int {
		if id == present {
			return 0
		}

		return 1
	}

	return slices.MinFunc(slices.Sorted(maps.Keys(apps)), func(a, b string) int {
		return cmp.Or(apps[a].InstalledAt.Compare(apps[b].InstalledAt), cmp.Compare(rank(a), rank(b)))
	}), false
}
