package consent

// Decisive lists the actions by which a consent is given or taken back. The others tell whether a number is on WhatsApp, or that a customer
// was seen.
func Decisive() []Action { return []Action{Grant, Withdraw, Deny, Expire} }

// Covering lists the purposes whose entries are about a purpose.
func Covering(p Purpose) []Purpose {
	if p == Marketing {
		return []Purpose{Marketing, Everything}
	}

	return []Purpose{OrderUpdates, NDRSupport, Everything}
}

// InForce returns the entry that a purpose rests on, of some entries of a ledger: as in [Fold] the latest by the time it counts from, and of
// several of the same time the one that stops messages. ok is false if none is about the purpose.
func InForce(entries []Entry, p Purpose) (found Entry, ok bool) {
	var mark Mark

	for _, e := range entries {
		rests := State{}.apply(e).on(p)
		if rests.Action == "" {
			continue
		}

		if next := mark.latest(rests.Action, rests.At); !ok || next != mark {
			found, mark, ok = e, next, true
		}
	}

	return found, ok
}

// on returns the latest action on a purpose.
func (s State) on(p Purpose) Mark {
	if p == Marketing {
		return s.Offers
	}

	return s.Updates
}
