package gate

// The steps of an erasure.
const (
	eraseLook uint8 = iota
	eraseTrace
	eraseOthers
	eraseRead
	eraseWithdraw
	eraseDrop
	eraseMessage
	eraseReadCustomer
	eraseCustomer
	eraseLookAgain
)

// erases is the erasure of a person: everything is withdrawn first, then what is open ends, and what is personal goes. The suppression stays.
// What it lists is as it was right after its step before. What a provider calls the shopper at an app, which goes too, is not in the model.
func erases(n int) program {
	return func(t turn) []turn {
		switch e := (erasure{t}); t.me().at {
		case eraseLook:
			e.read(customer)
			if e.seen(customer).version == 0 {
				return e.end()
			}
			return e.to(eraseTrace)
		case eraseTrace:
			e.read(customer)
			return e.to(eraseOthers)
		case eraseOthers:
			e.read(customer)
			return e.to(eraseRead)
		case eraseRead:
			e.read(customer)
			if !isClosed(e.scenario.words, e.seen(customer).words, e.rules()) {
				return e.to(eraseWithdraw)
			}
			return e.pass()
		case eraseWithdraw:
			if !e.commit(e.customerWrite(words(0).with(n))) {
				return e.to(eraseRead)
			}
			return e.pass()
		case eraseDrop:
			return e.drop()
		case eraseMessage:
			return e.blank()
		case eraseReadCustomer:
			e.read(customer)
			return e.to(eraseCustomer)
		case eraseCustomer:
			return e.blankCustomer()
		default:
			e.read(customer)
			return e.end()
		}
	}
}

// erasure is a turn of one.
type erasure struct{ turn }

// messagesNow returns the messages that there are, which are as read from now on.
func (e *erasure) messagesNow() (all []place) {
	for _, m := range []place{first, second} {
		if e.me().read[m] = e.state.documents[m]; e.seen(m).version > 0 {
			all = append(all, m)
		}
	}

	return all
}

// pass goes through all documents once more. A message that is on its way to the provider ends the erasure: it has to be repeated.
func (e *erasure) pass() []turn {
	e.me().found = false

	w := worker{turn: e.turn}
	for _, m := range e.messagesNow() {
		if e.seen(m).note == claimed && w.leased(m) {
			return e.end()
		}
	}

	return e.untilDropped()
}

// untilDropped goes on with the first message that is still open; without one, with those that have personal data.
func (e *erasure) untilDropped() []turn {
	for _, m := range []place{first, second} {
		if note := e.seen(m).note; note == claimed || note == waiting {
			return e.to(eraseDrop)
		}
	}

	e.messagesNow()

	return e.untilBare()
}

// drop ends a message that is open. If another writer was faster, the next pass looks at it.
func (e *erasure) drop() []turn {
	for _, m := range []place{first, second} {
		if note := e.seen(m).note; note == claimed || note == waiting {
			e.commit(write{place: m, note: dropped})
			e.me().read[m] = document{}
			e.me().found = true

			break
		}
	}

	return e.untilDropped()
}

// personal returns the first of the messages as read that has personal data.
func (e *erasure) personal() (place, bool) {
	for _, m := range []place{first, second} {
		if e.seen(m).version > 0 && !e.seen(m).bare {
			return m, true
		}
	}

	return 0, false
}

// untilBare goes on with the first message that has personal data. If the pass found any, another one follows, and at last comes the customer's
// own document.
func (e *erasure) untilBare() []turn {
	if _, some := e.personal(); some {
		return e.to(eraseMessage)
	}
	if e.me().found {
		return e.pass()
	}

	e.me().read = [places]document{} // nobody looks at them again

	return e.to(eraseReadCustomer)
}

// blank takes what is personal out of a message. If another writer was faster, the next pass looks at it.
func (e *erasure) blank() []turn {
	at, _ := e.personal()
	if e.commit(write{place: at}) {
		e.state.documents[at].bare = true
	}

	e.me().read[at] = document{}
	e.me().found = true

	return e.untilBare()
}

// blankCustomer takes what is personal out of the customer's document: the user id, and the mark of a message on its way, among them. If another
// writer was faster it stays, which whoever erases is told.
func (e *erasure) blankCustomer() []turn {
	written := e.commit(write{place: customer})

	switch {
	case !e.rules().erasureKeepsSuppression:
		e.state.documents[customer] = document{}
	case written:
		e.state.documents[customer].bare, e.state.documents[customer].note = true, 0
	}

	return e.to(eraseLookAgain)
}
