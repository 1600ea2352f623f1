package deadletter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxGroups is how many groups of a topic are shown. A stranger may make any number of forms.
const MaxGroups = 50

// Group is letters that have the same form, attributes and cause.
type Group struct {
	// ID is what the group is called by: TOPIC/ID.
	ID string
	// Letters are the oldest first.
	Letters []Letter
}

// First returns the oldest letter, which has the form, the attributes and the cause of all.
func (g Group) First() Letter { return g.Letters[0] }

// groupsOf returns the groups of letters: those first that may hold a shopper's message, and of these the one with the oldest letter.
func groupsOf(all []Letter) []Group {
	found := map[string][]Letter{}

	for _, l := range all {
		id := l.Group()
		found[id] = append(found[id], l)
	}

	var groups []Group
	for id, letters := range found {
		groups = append(groups, Group{id, letters})
	}

	slices.SortFunc(groups, func(a, b Group) int {
		first, second := a.First(), b.First()

		return cmp.Or(
			-compareBool(first.MayHoldMessage(), second.MayHoldMessage()),
			first.Received().Compare(second.Received()),
			strings.Compare(a.ID, b.ID),
		)
	})

	return groups
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// sums returns how many letters each group has, in words that an audit can keep.
func sums(all []Letter) string {
	var words []string

	groups := groupsOf(all)
	for _, g := range groups[:min(len(groups), MaxGroups)] {
		words = append(words, fmt.Sprintf("%d of %s", len(g.Letters), g.ID))
	}

	if rest := len(groups) - MaxGroups; rest > 0 {
		words = append(words, fmt.Sprintf("and %d more groups", rest))
	}

	return strings.Join(words, ", ")
}
