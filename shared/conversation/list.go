package conversation

import (
	"slices"
	"time"
)

// List is one of the lists that people look for actions in.
type List string

// The lists of actions.
const (
	// ListPending: it goes on by itself, or with the shopper's answer.
	ListPending List = "pending"
	// ListLate: it came when something else counted already.
	ListLate List = "late"
	// ListFailed: it was not done, and a person may have to act.
	ListFailed List = "failed"
	// ListDone: nothing is left to do.
	ListDone List = "done"
)

// Known reports whether it is one of the lists.
func (l List) Known() bool {
	return l == ListPending || l == ListLate || l == ListFailed || l == ListDone
}

// List returns the list that an action in this state stands in.
func (s State) List() List {
	switch s {
	case Chosen, Asked, Ready, Submitting:
		return ListPending
	case Late, Overtaken:
		return ListLate
	case Refused, Stuck, NotOffered, Unanswered, Forwarded:
		return ListFailed
	default:
		return ListDone
	}
}

// Lists returns the lists that the conversation's actions stand in, each once, in the order of their names.
func (c Conversation) Lists() []List {
	var lists []List
	for _, a := range c.Actions {
		lists = append(lists, a.State.List())
	}

	slices.Sort(lists)

	return slices.Compact(lists)
}

// ChosenAt returns when the newest of its actions was chosen; the zero time if there is none.
func (c Conversation) ChosenAt() time.Time {
	var newest time.Time
	for _, a := range c.Actions {
		if a.At.After(newest) {
			newest = a.At
		}
	}

	return newest
}
