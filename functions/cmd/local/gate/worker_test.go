package gate

// The steps of a worker. A fresh delivery begins at the first.
const (
	readFacts uint8 = iota
	readApps
	makeCustomer
	askedProvider
	readOther
	writeDecision
	writeWaiting
	readMessage
	checkClaim
	posting
	returnClaim
	recordTaken
	noteUserID
	readRefuser
	recordRefused
)

// What may happen in a turn of a worker beside its call.
const (
	timePasses        aside = "more time passes than facts may be old"
	waitsForToken     aside = "the token takes longer than facts may be old"
	inDoubt           aside = ", which puts the message in doubt"
	dies              aside = ", then dies"
	untilSweep        aside = ", until sweep brings it"
	refusedByProvider aside = ", which the provider refuses"
)

// sends is a worker with an event that calls for a message. optsOut is the number of the word that the shopper has opted out at the
// provider, which it may answer the post with; -1 if it takes every message.
func sends(message place, optsOut int) program {
	return func(t turn) []turn {
		w := worker{turn: t, message: message, optsOut: optsOut}

		switch t.me().at {
		case readFacts:
			return w.readFacts()
		case readApps:
			w.read(atApp, atAuthority)
			return w.to(makeCustomer)
		case makeCustomer:
			w.create(w.declared())
			return w.to(readFacts)
		case askedProvider:
			return w.askedProvider()
		case readOther:
			return w.readOther()
		case writeDecision:
			return w.decide()
		case writeWaiting:
			return w.waits()
		case readMessage:
			return w.settle()
		case checkClaim:
			return w.check()
		case posting:
			return w.lastCheck()
		case returnClaim:
			return w.returns()
		case recordTaken:
			w.step = stepOf(commits, message)
			d := &w.state.documents[message]
			*d = document{version: d.version + 1, note: accepted} // without a condition
			if w.scenario.namesUser && !w.me().knowsUser {
				d.note = acceptedUnnamed
				return w.to(noteUserID)
			}
			return w.end()
		case noteUserID:
			w.step = stepOf(commits, customer)
			if c := &w.state.documents[customer]; c.note != knownUser { // the same once more is no change
				c.version++
				c.note = knownUser
			}
			return w.end()
		case readRefuser:
			w.read(customer)
			return w.to(recordRefused)
		default:
			return w.recordRefused()
		}
	}
}

// worker is a turn of one.
type worker struct {
	turn
	message place
	optsOut int
}

// other is the message that may be on its way to the shopper too.
func (w *worker) other() place {
	if w.message == first {
		return second
	}

	return first
}

// declared is what the brand's checkout says of a new customer.
func (w *worker) declared() words {
	if w.scenario.declared < 0 {
		return 0
	}

	return words(0).with(w.scenario.declared)
}

// wanted reports whether the shopper wants the message, as far as the worker has read.
func (w *worker) wanted() bool {
	c := w.scenario
	return mayGet(c.words, w.seen(customer).words, c.about, c.rules)
}

// fresh notes that the worker reads the customer now.
func (w *worker) fresh() {
	w.me().honour = w.state.durable()
	w.me().slow = false
}

// delayed is the turn in which more time passes than facts may be old; none if the worker was slow often enough.
func (w worker) delayed(why aside, next uint8) []turn {
	if w.me().delays == 0 {
		return nil
	}

	w.me().delays--
	w.me().honour = w.state.durable()
	w.me().slow = true
	w.step.and = why

	return w.to(next)
}

// delivered has the worker begin again, with another delivery of the event. One that sweep published says that the message exists.
func (w worker) delivered(bySweep bool) []turn {
	next := process{delays: w.me().delays, again: true}
	if bySweep {
		w.step.and = untilSweep
		next.read[w.message] = w.state.documents[w.message]
	}

	*w.me() = next

	return w.to(readFacts)
}

// leased reports whether another worker is sending a message, and its lease lasts.
func (w *worker) leased(message place) bool {
	for n, p := range w.state.processes {
		if n != w.process && p.mine == message && !p.late {
			return true
		}
	}

	return false
}

// readFacts reads the customer, and the message if it is known to exist.
func (w worker) readFacts() []turn {
	if w.me().again && (w.leased(w.message) || w.leased(w.other())) {
		return nil // until the lease is over, or the other message is settled
	}

	w.me().again = false

	known := w.seen(w.message).version > 0
	if known {
		w.read(customer, w.message)
	} else {
		w.read(customer)
	}

	w.fresh()
	w.me().knowsUser = w.seen(customer).note == knownUser

	switch {
	case w.seen(customer).version == 0:
		return w.to(readApps)
	case known:
		return w.standing()
	default:
		return w.weigh()
	}
}

// settle looks at the message that exists already.
func (w worker) settle() []turn {
	w.read(w.message)
	return w.standing()
}

// standing goes on by what has become of the message.
func (w worker) standing() []turn {
	switch w.seen(w.message).note {
	case claimed:
		var all []turn
		if w.leased(w.message) {
			all = w.delivered(false)
		}

		return append(all, w.doubt()...)
	case waiting, refused:
		if w.me().at == readFacts {
			return w.weigh()
		}

		return w.to(readFacts)
	case acceptedUnnamed:
		if w.seen(w.message).bare {
			return w.end() // it does not say any more who the shopper is
		}

		return w.to(noteUserID)
	default:
		return w.end()
	}
}

// doubt ends a lease that is over, since its worker is dead or slow. Once silence proves that the provider does not have the message, sweep
// has it sent again.
func (w worker) doubt() []turn {
	if !w.scenario.mayDie {
		return nil
	}

	for n := range w.state.processes {
		if p := &w.state.processes[n]; n != w.process && p.mine == w.message {
			p.late = true
		}
	}

	w.me().honour = w.state.durable() // minutes have passed
	read := w.step
	written := w.commit(write{place: w.message, note: waiting})
	w.step = read
	w.step.and = inDoubt

	switch {
	case !written:
		return w.delivered(false)
	case !w.rules().doubtDecidesAgain:
		w.me().read[w.message] = w.state.documents[w.message]
		return w.to(writeDecision)
	default:
		return w.delivered(true)
	}
}

// weigh decides by what was read.
func (w worker) weigh() []turn {
	if !w.wanted() {
		if w.seen(w.message).note == refused {
			return w.end()
		}

		return w.to(writeDecision)
	}

	next := writeDecision
	switch {
	case w.scenario.forwarded:
		next = askedProvider
	case w.scenario.withoutEcho && w.seen(customer).note == marked(w.other()):
		next = readOther
	}

	return w.to(next)
}

// askedProvider reads the customer once more: the provider was asked whether it knows the event, which may have taken its time.
func (w worker) askedProvider() []turn {
	w.read(customer)
	w.fresh()

	if !w.wanted() {
		return w.to(readFacts)
	}

	return w.to(writeDecision)
}

// readOther looks at the message that is on its way to the shopper.
func (w worker) readOther() []turn {
	w.read(w.other())

	if w.seen(w.other()).note == claimed && w.leased(w.other()) {
		return w.to(writeWaiting)
	}

	return w.to(writeDecision)
}

// waits has the message wait for another one to the shopper.
func (w worker) waits() []turn {
	if !w.commit(write{place: w.message, note: waiting}) {
		return w.lost()
	}

	return w.delivered(true)
}

// lost goes on after a write that lost to another's.
func (w worker) lost() []turn {
	if w.seen(w.message).version == 0 && w.state.documents[w.message].version > 0 {
		return w.to(readMessage)
	}

	return w.to(readFacts)
}

// knownUser is the note of a customer whose user id is known, at a provider whose answer to a post names it.
const knownUser = 1<<8 - 1

// marked is the note of a customer who has a message on the way.
func marked(message place) uint8 { return uint8(message) }

// decide writes the decision. With a provider without echo a claim marks the customer, who must be as read.
func (w worker) decide() []turn {
	all := w.delayed(timePasses, writeDecision)
	if !w.scenario.onTime {
		all = append(all, w.delayed(waitsForToken, readFacts)...)
	}

	wanted := w.wanted()

	writes := []write{{place: w.message, note: refused}}
	if wanted {
		writes[0].note = claimed
		if w.scenario.withoutEcho {
			writes = append(writes, write{place: customer, note: marked(w.message)})
		}
	}

	bare := !wanted && w.seen(customer).bare

	switch {
	case !w.commit(writes...):
		return append(all, w.lost()...)
	case !wanted:
		w.state.documents[w.message].bare = bare // nothing that comes later is kept of who was erased
		return append(all, w.end()...)
	}

	w.me().mine = w.message
	w.me().read[w.message] = w.state.documents[w.message]

	all = append(all, w.to(checkClaim)...)

	return append(all, w.dying()...)
}

// dies returns the turn in which the worker dies, if workers may.
func (w worker) dying() []turn {
	if !w.scenario.mayDie {
		return nil
	}

	w.step.and += dies
	*w.me() = process{at: dead}

	return []turn{w.turn}
}

// check is the moment before the post. If the facts are too old by now, the customer is read once more.
func (w worker) check() []turn {
	switch {
	case w.me().late:
		return w.returns()
	case !w.me().slow || !w.rules().readsBeforePosting:
		return append(w.delayed(timePasses, checkClaim), w.post()...)
	}

	w.read(customer)
	w.fresh()

	if !w.wanted() {
		return w.to(returnClaim)
	}

	return w.to(posting)
}

// lastCheck is the moment before the post after the customer was read once more. If that took as long, the claim is given back.
func (w worker) lastCheck() []turn {
	if w.me().slow && w.rules().returnsSlowClaim {
		return w.returns()
	}

	return append(w.delayed(timePasses, posting), w.post()...)
}

// returns gives back a claim. Sweep brings the event again.
func (w worker) returns() []turn {
	if !w.commit(write{place: w.message, note: waiting}) {
		return w.end()
	}

	return w.delivered(true)
}

// post sends the message. This is where the invariant is judged.
func (w worker) post() []turn {
	if w.me().late {
		return w.returns()
	}

	w.step = stepOf(posts)
	w.state.posted++
	if isRefused(w.scenario.words, w.me().honour, w.scenario.about) {
		w.state.broken = sentAfterWithdrawal
	}

	all := append(w.to(recordTaken), w.dying()...)
	if w.optsOut >= 0 {
		w.step.and = refusedByProvider
		all = append(all, w.to(readRefuser)...)
	}

	return all
}

// recordRefused records that the provider refused the post since the shopper has opted out there.
func (w worker) recordRefused() []turn {
	writes := []write{{place: w.message, note: failed}}
	if w.rules().refusalCloses {
		writes = append(writes, write{place: customer, adds: words(0).with(w.optsOut)})
	}

	if !w.commit(writes...) {
		if w.state.documents[w.message].version != w.seen(w.message).version {
			return w.end() // another worker has the message
		}

		return w.to(readRefuser)
	}

	w.hear(w.optsOut)

	return w.end()
}
