package consent

import (
	"cmp"
	"slices"
	"time"
)

// Order is what an authority ordered last of a number under one reference: a [Block], or with an [Unblock] that this order is over.
type Order struct {
	Ref  string `firestore:"ref"`
	Last Mark   `firestore:"last"`
}

// Blocked reports whether an authority forbids every message to the number: any of its orders does.
func (s State) Blocked() bool {
	return slices.ContainsFunc(s.Orders, func(o Order) bool { return o.open() })
}

// OpenOrders returns the orders that forbid every message to the number.
func (s State) OpenOrders() []Order {
	return slices.DeleteFunc(slices.Clone(s.Orders), func(o Order) bool { return !o.open() })
}

// Ordered reports whether an authority has ordered anything under a reference, whether or not it is over.
func (s State) Ordered(ref string) bool {
	return slices.ContainsFunc(s.Orders, func(o Order) bool { return o.Ref == ref })
}

func (o Order) open() bool { return o.Last.Action == Block }

// ordered returns s with what an authority orders under a reference. The orders stand by their references, so that it makes no difference in which
// sequence they come.
func (s State) ordered(e Entry, at time.Time) State {
	n, known := slices.BinarySearchFunc(s.Orders, e.SourceRef, func(o Order, ref string) int { return cmp.Compare(o.Ref, ref) })

	s.Orders = slices.Clone(s.Orders)
	if !known {
		s.Orders = slices.Insert(s.Orders, n, Order{Ref: e.SourceRef})
	}

	s.Orders[n].Last = s.Orders[n].Last.latest(e.Action, at)

	return s
}

// sameOrders reports whether two states have the same orders, open or over. The end of an order that is not known counts: the order may be told
// late.
func (s State) sameOrders(next State) bool {
	return slices.EqualFunc(s.Orders, next.Orders, func(a, b Order) bool { return a.Ref == b.Ref && a.Last.Action == b.Last.Action })
}
