package consent

import (
	"cmp"
	"slices"
	"time"
)

// rejection is a message that a provider refused because its number is not on WhatsApp.
type rejection struct {
	// Ref is the SourceRef of the refusal, which names the message; empty in states of the old form.
	Ref string    `firestore:"ref,omitempty"`
	At  time.Time `firestore:"at"`
}

func (r rejection) equal(other rejection) bool { return r.Ref == other.Ref && r.At.Equal(other.At) }

// rejected returns s with a refusal. One message is refused once, as of the earliest time that was told of it.
func (s State) rejected(r rejection) State {
	same := func(known rejection) bool { return known.equal(r) || known.Ref == r.Ref && r.Ref != "" }
	if n := slices.IndexFunc(s.Rejections, same); n >= 0 && !r.At.Before(s.Rejections[n].At) {
		return s
	}

	s.Rejections = slices.DeleteFunc(slices.Clone(s.Rejections), same)
	if r.At.After(s.Alive) {
		s.Rejections = append(s.Rejections, r)
	}

	slices.SortFunc(s.Rejections, func(a, b rejection) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ref, b.Ref))
	})

	return s
}

// alive returns s with a [Reachable] entry. The delivery of a message takes back that same message's refusal, whatever the times,
// and no other. Any other sign of life ends all refusals before it, and those of the same time: providers tell whole seconds, and a
// number that is wrongly taken to be gone is told nothing for 30 days, while one that wrongly is not costs one message.
func (s State) alive(e Entry) State {
	at := e.effective()
	delivery := e.Source == ProviderError && e.SourceRef != ""

	over := func(r rejection) bool { return !r.At.After(at) }
	if delivery {
		over = func(r rejection) bool { return r.Ref == e.SourceRef || r.Ref == "" && !r.At.After(at) }
	}

	s.Rejections = slices.DeleteFunc(slices.Clone(s.Rejections), over)
	if !delivery && at.After(s.Alive) {
		s.Alive = at
	}

	return s
}

// reach returns the newest refusal that stands, else the last sign of life.
func (s State) reach() Mark {
	switch n := len(s.Rejections); {
	case n > 0:
		return Mark{Action: Unreachable, At: s.Rejections[n-1].At}
	case !s.Alive.IsZero():
		return Mark{Action: Reachable, At: s.Alive}
	default:
		return Mark{}
	}
}

// upgraded returns a state of the old form, of which only Reach is known, in the present one.
func (s State) upgraded() State {
	if len(s.Rejections) > 0 || !s.Alive.IsZero() {
		return s
	}

	switch s.Reach.Action {
	case Unreachable:
		s.Rejections = []rejection{{At: s.Reach.At}}
	case Reachable:
		s.Alive = s.Reach.At
	default:
	}

	return s
}
