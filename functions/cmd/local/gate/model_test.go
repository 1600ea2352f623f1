package gate

// place is one of the documents that carry consent.
type place uint8

const (
	// customer is the account's customer of the number that messages go to.
	customer place = iota
	// atApp is what the number said to an app before the account knew it.
	atApp
	// atAuthority is what an authority has blocked, for every account.
	atAuthority
	// ofID is what is known of a user id, or of the shopper's former number: what was said under it, and whether it leads to the number.
	ofID
	// former is the account's customer of the former number.
	former
	// first and second are messages.
	first
	second
	places
)

// letters spell places in the names of steps.
const letters = "CABIFMN"

// document is a document as the gate sees it.
type document struct {
	// version counts its writes; 0 means that it does not exist. A conditional write compares it, as Firestore's update time.
	version uint8
	words   words
	// note is a message's phase, or whether a user id leads to the number.
	note uint8
	// bare: the person was erased, and nothing personal is left in it.
	bare bool
}

// The phases of a message.
const (
	claimed uint8 = iota + 1
	waiting
	refused
	accepted
	acceptedUnnamed // and the customer's user id was not known when it was claimed
	failed
	dropped
)

// met is the note of an app's document once an account has made a customer of the number.
const met uint8 = 1

// leads is the note of a user id or a former number of which it is known that it leads to the number.
const leads uint8 = 1

// process is a worker or a door, on its way through its program.
type process struct {
	// at is the next step of its program.
	at uint8
	// read is what it has read last, by place.
	read [places]document
	// honour is what a worker has to honour: the words that were durable when it read the facts, or before it was slow.
	honour words
	// slow: more time has passed than facts may be old, since they were read. The worker's own clock says so.
	slow bool
	// delays is how often it may be slow yet.
	delays uint8
	// mine is the message that it has claimed; 0 if it has none. late: its lease is over.
	mine place
	late bool
	// knowsUser: the customer had a user id when the facts were read.
	knowsUser bool
	// again: the event is delivered once more when nobody else is sending the message.
	again bool
	// found: an erasure's pass has found something.
	found bool
}

// The steps at which every program ends: done for good, or dead with nothing recorded.
const (
	done uint8 = 250 + iota
	dead
)

const processes = 4

// state is all there is at a moment.
type state struct {
	documents [places]document
	processes [processes]process
	// said, underID and atFormer are the words whose senders were told that they are stored: about the number, under the user id, and under
	// the former number. known says that it is known whose the user id or former number is.
	said, underID words
	known         bool
	// posted counts posts.
	posted uint8
	// broken is what went wrong.
	broken breach
}

// breach is a way to be wrong.
type breach uint8

const (
	none breach = iota
	// sentAfterWithdrawal: a message was posted whose facts were read after a withdrawal was durable.
	sentAfterWithdrawal
	// lostWithdrawal: at rest the customer's document lacks a withdrawal.
	lostWithdrawal
)

func (f breach) String() string {
	return [...]string{"nothing", "sent after a withdrawal", "a withdrawal is lost"}[f]
}

// durable is all that a worker which reads now has to honour.
func (s *state) durable() words {
	if s.known {
		return s.said | s.underID
	}

	return s.said
}

// scenario is a beginning, and who is at work.
type scenario struct {
	name  string
	rules rules
	// shared: the app is the platform's, which several accounts send through, so that a word from a number that the account does not know
	// is kept at the app.
	shared bool
	// withoutEcho: the claim names the customer, as with a provider that echoes no reference.
	withoutEcho bool
	// forwarded: the provider is told of events, and is asked first whether it knows this one.
	forwarded bool
	// about is what the message needs consent for.
	about matter
	// words are all that is said. known of them are in the customer's document at the beginning; without any, and unless met, there is no such
	// document.
	words []word
	known words
	met   bool
	// declared is the number of the word by which the brand's checkout opens for a new customer; -1 for a brand that asks explicitly.
	declared int
	// mayDie: workers may die after they have claimed or posted. slowness is how often a worker may be slow.
	mayDie   bool
	slowness uint8
	// namesUser: the provider's answer to a post names the shopper's user id, which is noted with the customer.
	namesUser bool
	// onTime: tokens of the sender's rate never take longer than facts may be old.
	onTime bool
	// moves: the shopper has another number than before, under which the account knows them too.
	moves bool
	// workers is how many of the programs, the first ones, are workers; messages is what each sends, and heard are the doors.
	workers  int
	messages []place
	heard    []door
	programs []program
}

// program is what a process does, step by step. It returns every state that the next step may lead to.
type program func(t turn) []turn

// turn is one step of one process.
type turn struct {
	scenario *scenario
	state    state
	// process is whose turn it is, and step what it does.
	process int
	step    step
}

// step is what a process does in a turn.
type step struct {
	does action
	// at are the documents that it does it to, a bit each.
	at uint8
	// and is what else happens in the turn.
	and aside
}

// action is what is done to documents in one call; the zero action is none.
type action string

const (
	reads   action = "read "
	commits action = "commit "
	posts   action = "post"
)

// aside is what happens in a turn beside its call.
type aside string

// String spells a step as "commit CA, slowly".
func (s step) String() string {
	text := []byte(s.does)
	for p := range places {
		if s.at&(1<<p) != 0 {
			text = append(text, letters[p])
		}
	}

	return string(text) + string(s.and)
}

// stepOf returns the step that does something to documents.
func stepOf(a action, at ...place) step {
	s := step{does: a}
	for _, p := range at {
		s.at |= 1 << p
	}

	return s
}

func (t *turn) me() *process { return &t.state.processes[t.process] }

func (t *turn) rules() rules { return t.scenario.rules }

// to has the process go on at a step.
func (t turn) to(at uint8) []turn {
	t.me().at = at
	return []turn{t}
}

// end ends the process. Nothing of it matters any more.
func (t turn) end() []turn {
	*t.me() = process{at: done}
	return []turn{t}
}

// seen is a document as the process has read it last.
func (t *turn) seen(p place) document { return t.me().read[p] }

// read has the process read documents.
func (t *turn) read(of ...place) {
	t.step = stepOf(reads, of...)
	for _, p := range of {
		t.me().read[p] = t.state.documents[p]
	}
}

// write is what becomes of a document.
type write struct {
	place place
	adds  words
	// note is what is noted; 0 leaves it as it is.
	note uint8
	// blind: whatever was written since it was read.
	blind bool
}

// commit has the process write documents, all or none: each must be as it was read. It reports whether they were written.
func (t *turn) commit(writes ...write) bool {
	t.step = step{does: commits}
	for _, w := range writes {
		t.step.at |= 1 << w.place
	}

	for _, w := range writes {
		if !w.blind && t.state.documents[w.place].version != t.seen(w.place).version {
			return false
		}
	}

	for _, w := range writes {
		d := &t.state.documents[w.place]
		d.version++
		d.words = t.seen(w.place).words | w.adds // what was read, and what is added to it
		if w.note != 0 {
			d.note = w.note
		}
	}

	t.state.said |= t.state.documents[customer].words

	return true
}

// hear notes that who said a word was told that it is stored.
func (t *turn) hear(n int) { t.state.said = t.state.said.with(n) }

// create makes the customer, with what was said to the app and to the authority before the account knew the number, and with more words. Both
// documents are written too, so that a word that comes at the same time conflicts.
func (t *turn) create(adds words) bool {
	r := t.rules()
	if r.newcomerReadsApp {
		adds |= stopping(t.scenario.words, t.seen(atApp).words)
	}
	if r.newcomerReadsAuthority {
		adds |= blocking(t.scenario.words, t.seen(atAuthority).words)
	}

	writes := []write{{place: customer, adds: adds}}
	if r.newcomerMeetsApp {
		writes = append(writes, write{place: atApp, note: met})
	}
	if r.newcomerMeetsAuthority {
		writes = append(writes, write{place: atAuthority})
	}

	written := t.commit(writes...)
	t.me().read[atApp], t.me().read[atAuthority] = document{}, document{} // nobody looks at them again

	return written
}

// begin returns the scenario's first state.
func (c *scenario) begin() state {
	var s state
	if c.met || c.known != 0 {
		s.documents[customer] = document{version: 1, words: c.known}
		s.said = c.known
	}
	if c.moves {
		s.documents[former] = document{version: 1}
	}

	for n := range processes {
		if n >= len(c.programs) {
			s.processes[n] = process{at: done}
		} else if n < c.workers {
			s.processes[n].delays = c.slowness
		}
	}

	return s
}

// next returns all that may happen in a state.
func (c *scenario) next(s state) []turn {
	var all []turn
	for n, p := range c.programs {
		if s.processes[n].at == done || s.processes[n].at == dead {
			continue
		}

		all = append(all, p(turn{scenario: c, state: s, process: n})...)
	}

	return all
}
