package gate

// The steps of a door.
const (
	look uint8 = iota
	lookAtApps
	lookAtCustomer
	writeIt
	lookAgain
	writeAgain
)

// stored ends a door whose word was stored, or has it begin again if another writer was faster.
func (t turn) stored(written bool, n int) []turn {
	if !written && t.rules().doorsTryAgain {
		*t.me() = process{}
		return []turn{t}
	}

	t.hear(n)

	return t.end()
}

// isNews reports whether a word changes anything of the customer as read. What a brand says of its shoppers changes nothing once anything is
// known of them, and a block that nobody knows of cannot be taken back.
func (t *turn) isNews(n int) bool {
	known := t.seen(customer).words
	w := t.scenario.words[n]
	if w.does == unblocks && !known.has(blocked) {
		return false
	}
	if w.byBrand && t.rules().brandComesFirst {
		for o := range t.scenario.words {
			if known.has(o) && t.scenario.words[o].does <= closes && t.scenario.words[o].of&w.of != 0 {
				return false
			}
		}
	}

	return !known.has(n)
}

// customerWrite adds words to the customer as read.
func (t *turn) customerWrite(adds words) write {
	return write{place: customer, adds: adds, blind: !t.rules().doorsAreConditional}
}

// asks is the customer portal: who is not known is made. Nobody is subscribed whose number an authority has blocked.
func asks(n int) program {
	changing := changes(n)

	return func(t turn) []turn {
		if t.me().at == look { // who asks now has seen what is known by now: it is news unless it is the same
			t.read(customer)
			switch {
			case t.seen(customer).version == 0:
				return t.to(lookAtApps)
			case t.seen(customer).words.has(n):
				return t.stored(true, n)
			default:
				return t.to(writeIt)
			}
		}

		switch {
		case t.me().at != writeIt:
			return changing(t)
		case t.seen(customer).version == 0 && t.seen(atApp).words.has(n) && t.rules().newcomerReadsApp:
			return t.stored(true, n) // who is made would have it from the app: that is left to whoever makes them
		case t.scenario.words[n].does != opens:
			return changing(t)
		}

		known := t.seen(customer).words
		if t.seen(customer).version == 0 {
			known = t.seen(atAuthority).words
		}
		if isBlocked(t.scenario.words, known, whole()) {
			return t.end()
		}

		return changing(t)
	}
}

// changes is an import of the brand's: who is not known is made.
func changes(n int) program {
	return func(t turn) []turn {
		adds := words(0).with(n)

		switch t.me().at {
		case look:
			t.read(customer)
			if t.seen(customer).version == 0 {
				return t.to(lookAtApps)
			}
			if !t.isNews(n) {
				return t.stored(true, n)
			}
			return t.to(writeIt)
		case lookAtApps:
			t.read(atApp, atAuthority)
			return t.to(writeIt)
		default:
			if t.seen(customer).version == 0 {
				return t.stored(t.create(adds), n)
			}
			return t.stored(t.commit(t.customerWrite(adds)), n)
		}
	}
}

// amends is an agent, and a consent manager: who is not known is not found.
func amends(n int) program {
	return func(t turn) []turn {
		switch t.me().at {
		case look:
			t.read(customer)
			if t.seen(customer).version == 0 {
				return t.end()
			}
			return t.to(lookAgain)
		case lookAgain:
			t.read(customer)
			if !t.isNews(n) {
				return t.stored(true, n)
			}
			return t.to(writeIt)
		default:
			written := t.commit(t.customerWrite(words(0).with(n)))
			if !written && t.rules().doorsTryAgain {
				return t.to(lookAgain)
			}
			return t.stored(true, n)
		}
	}
}

// says is a keyword or a button from the number. Through a brand's own app it makes who is not known. Through the platform's it is kept at the
// app, whoever is known. standby: the provider reports it on the field of conversations that another sender holds.
func says(n int, standby bool) program {
	return func(t turn) []turn {
		if standby && !t.rules().standbyIsRead {
			t.hear(n)
			return t.end()
		}

		adds, shared := words(0).with(n), t.scenario.shared

		switch t.me().at {
		case look:
			t.read(customer)
			if !shared && t.seen(customer).version > 0 {
				return t.to(writeIt)
			}
			return t.to(lookAtApps)
		case lookAtApps:
			if shared {
				return t.unmet()
			}
			t.read(atApp, atAuthority)
			return t.to(writeIt)
		case lookAtCustomer:
			t.read(customer)
			return t.to(writeIt)
		default:
			if !shared && t.seen(customer).version == 0 {
				return t.stored(t.create(adds), n)
			}
			if !shared {
				return t.stored(t.commit(t.customerWrite(adds)), n) // the window for answers opens in any case
			}
			writes := []write{{place: atApp, adds: adds, blind: !t.rules().stopMeetsApp}}
			if t.seen(customer).version > 0 {
				writes = append(writes, t.customerWrite(adds))
			}
			return t.stored(t.commit(writes...), n)
		}
	}
}

// unmet reads what the app has of the number. If an account has made a customer of it, which may have been since customers were looked for, they
// are looked for again.
func (t turn) unmet() []turn {
	t.read(atApp)
	if t.seen(atApp).note == met && t.seen(customer).version == 0 && t.rules().newcomerIsLookedFor {
		return t.to(lookAtCustomer)
	}

	return t.to(writeIt)
}

// prefers is a stop of offers in WhatsApp's own settings: who is not known has nothing to stop.
func prefers(n int) program { return amends(n) }

// saysUnderID is a keyword of a shopper who hides the number.
func saysUnderID(n int) program {
	return func(t turn) []turn {
		adds := words(0).with(n)

		switch t.me().at {
		case look:
			t.read(ofID)
			if t.seen(ofID).note != leads {
				return t.to(writeIt)
			}
			return t.to(lookAgain)
		case lookAgain:
			t.read(customer)
			if t.scenario.shared || t.seen(customer).version == 0 {
				return t.to(lookAtApps)
			}
			return t.to(writeIt)
		case lookAtApps:
			return t.unmet()
		case lookAtCustomer:
			t.read(customer)
			return t.to(writeIt)
		default:
			var writes []write
			if t.rules().idRemembers {
				writes = append(writes, write{place: ofID, adds: adds, blind: !t.rules().idIsConditional})
			}
			if t.seen(ofID).note == leads {
				writes = append(writes, t.behindID(adds)...)
			}

			written := t.commit(writes...)
			if written || !t.rules().doorsTryAgain {
				t.state.underID = t.state.underID.with(n)
				return t.end()
			}
			*t.me() = process{}

			return []turn{t}
		}
	}
}

// behindID writes words to who is behind a user id: the customer, and the app where the account does not know the number.
func (t *turn) behindID(adds words) []write {
	var writes []write
	if t.seen(customer).version > 0 {
		writes = append(writes, t.customerWrite(adds))
	}
	if t.scenario.shared || t.seen(customer).version == 0 {
		writes = append(writes, write{place: atApp, adds: adds})
	}

	return writes
}

// learns is a status that says whose number the user id is. What waited under it goes to the customer.
func learns() program {
	return func(t turn) []turn {
		switch t.me().at {
		case look:
			t.read(ofID)
			switch {
			case t.seen(ofID).note == leads:
				return t.end()
			case t.seen(ofID).words == 0 || !t.rules().learningCarries:
				return t.to(writeIt)
			default:
				return t.to(lookAgain)
			}
		case lookAgain:
			t.read(customer)
			if t.scenario.shared || t.seen(customer).version == 0 {
				return t.to(lookAtApps)
			}
			return t.to(writeIt)
		case lookAtApps:
			return t.unmet()
		case lookAtCustomer:
			t.read(customer)
			return t.to(writeIt)
		default:
			writes := []write{{place: ofID, note: leads, blind: !t.rules().idIsConditional}}
			if carried := t.seen(ofID).words; carried != 0 && t.rules().learningCarries {
				writes = append(writes, t.behindID(carried)...)
			}

			return t.link(writes...)
		}
	}
}

// link writes what makes it known whose the id or the number is, and ends; it begins again if somebody else has written meanwhile.
func (t turn) link(writes ...write) []turn {
	if !t.commit(writes...) {
		*t.me() = process{}
		return []turn{t}
	}

	t.state.known = true

	return t.end()
}

// saysAtFormer is a keyword from the number that the shopper had before.
func saysAtFormer(n int) program {
	return func(t turn) []turn {
		adds := words(0).with(n)

		switch t.me().at {
		case look:
			t.read(ofID)
			return t.to(lookAgain)
		case lookAgain:
			t.read(former)
			if t.seen(ofID).note == leads && t.rules().formerNumbersLead {
				return t.to(lookAtCustomer)
			}
			return t.to(writeIt)
		case lookAtCustomer:
			t.read(customer)
			return t.to(writeIt)
		default:
			writes := []write{{place: former, adds: adds}}
			// What was said before the number passed on leaves nothing with the number, which is another shopper's now.
			if t.seen(ofID).note != leads && t.rules().idRemembers {
				writes = append(writes, write{place: ofID, adds: adds})
			}
			if t.seen(ofID).note == leads && t.rules().formerNumbersLead {
				writes = append(writes, t.customerWrite(adds))
			}

			written := t.commit(writes...)
			if written || !t.rules().doorsTryAgain {
				t.state.underID = t.state.underID.with(n)
				return t.end()
			}
			*t.me() = process{}

			return []turn{t}
		}
	}
}

// moves is the news that the shopper has another number now. What was refused under the former one goes to the customer of the new one.
func moves() program {
	return func(t turn) []turn {
		switch t.me().at {
		case look:
			t.read(ofID)
			return t.to(lookAgain)
		case lookAgain:
			t.read(former)
			if t.seen(former).words == 0 || !t.rules().movingCarries {
				return t.to(writeIt)
			}
			return t.to(lookAtCustomer)
		case lookAtCustomer:
			t.read(customer)
			return t.to(writeIt)
		default:
			writes := []write{{place: ofID, note: leads, blind: !t.rules().idIsConditional}}
			if carried := t.seen(former).words; carried != 0 && t.rules().movingCarries {
				writes = append(writes, t.customerWrite(carried))
			}

			return t.link(writes...)
		}
	}
}

// decrees is an authority that blocks the number, or takes a block back. It is stored first for the customers to come, and then with each
// who is there. Who orders it is told once every customer has it.
func decrees(n int) program {
	return func(t turn) []turn {
		adds, first := words(0).with(n), t.rules().authorityFirst

		switch t.me().at {
		case look:
			if !first && !t.me().again {
				t.me().again = true
				return t.to(lookAgain)
			}
			t.read(atAuthority)
			// An order that nobody has given cannot be over.
			if known := t.seen(atAuthority).words; !known.has(n) && (t.scenario.words[n].does != unblocks || known.has(blocked)) {
				return t.to(writeIt)
			}
		case writeIt:
			if !t.commit(write{place: atAuthority, adds: adds}) {
				return t.to(look)
			}
			if t.scenario.words[n].does == unblocks {
				t.hear(n) // customers to come are free from now on
			}
		case lookAgain:
			t.read(customer)
			if t.seen(customer).version > 0 {
				return t.to(lookAtCustomer)
			}
			return t.decreed(n)
		case lookAtCustomer:
			t.read(customer)
			if t.isNews(n) {
				return t.to(writeAgain)
			}
			return t.decreed(n)
		default:
			if !t.commit(t.customerWrite(adds)) {
				return t.to(lookAtCustomer)
			}
			return t.decreed(n)
		}

		if !first {
			return t.stored(true, n)
		}

		return t.to(lookAgain)
	}
}

// decreed ends a decree that every customer has.
func (t turn) decreed(n int) []turn {
	if !t.rules().authorityFirst {
		return t.to(look)
	}

	return t.stored(true, n)
}
