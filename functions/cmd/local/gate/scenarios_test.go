package gate

import "fmt"

// The words of all scenarios, by number. Times are the order in which they were said.
const (
	subscribed = iota // before everything else
	agreed            // to offers, before everything else
	stop
	start
	blocked
	unblocked
	imported
	optedOut
)

func vocabulary() []word {
	return []word{
		subscribed: {"subscribed", opens, updates, 0, false},
		agreed:     {"agreed to offers", opens, offers, 0, false},
		stop:       {"STOP", closes, everything, 2, false},
		start:      {"START", opens, updates, 3, false},
		blocked:    {"block", blocks, everything, 2, false},
		unblocked:  {"unblock", unblocks, everything, 4, false},
		imported:   {"import", opens, updates, 5, true},
		optedOut:   {"opted out at the provider", closes, everything, 3, false},
	}
}

// offersOnly has the shopper take back only offers.
func offersOnly(all []word) []word {
	all[stop].of = offers
	return all
}

// door is a way to be heard, as a scenario has it.
type door struct {
	name string
	// word is what is said, and model how it is stored.
	word  int
	model func(n int) program
	// product has it said in the product; nil where only the model does.
	product func(d *drive, a *actor, n int) func(attempt int) bool
	// id: what is said under a user id leads to the number only once that is learned. moves: the same of a former number.
	id, moves bool
	// offers: it concerns offers only.
	offers bool
	// replies: the provider has to report what shoppers write.
	replies bool
}

// doors are all ways in which consent changes.
func doors() []door {
	says := func(standby bool) func(int) program {
		return func(n int) program { return says(n, standby) }
	}

	return []door{
		{name: "portal", word: stop, model: asks, product: (*drive).portal},
		{name: "subscription", word: start, model: asks, product: (*drive).portal},
		{name: "keyword", word: stop, model: says(false), product: (*drive).keyword, replies: true},
		{name: "button", word: stop, model: says(false), product: (*drive).button, replies: true},
		{name: "START", word: start, model: says(false), product: (*drive).keyword, replies: true},
		{name: "keyword in standby", word: stop, model: says(true), product: (*drive).standby, replies: true},
		{name: "consent manager", word: stop, model: amends, product: (*drive).manager},
		{name: "agent", word: start, model: amends, product: (*drive).agent},
		{name: "import of a withdrawal", word: stop, model: changes, product: (*drive).imports},
		{name: "import", word: imported, model: changes, product: (*drive).imports},
		{name: "erasure", word: stop, model: erases, product: (*drive).erase},
		{name: "block", word: blocked, model: decrees, product: (*drive).decree},
		{name: "unblock", word: unblocked, model: decrees, product: (*drive).decree},
		{name: "keyword under a user id", word: stop, model: saysUnderID, id: true, replies: true},
		{name: "keyword from the former number", word: stop, model: saysAtFormer, moves: true, replies: true},
		{name: "stop of offers", word: stop, model: prefers, offers: true, replies: true},
	}
}

// beginning is what is known of a shopper at first.
type beginning struct {
	name  string
	known words
	met   bool
	// declared: a new customer is opened by the brand's checkout.
	declared bool
}

func beginnings() []beginning {
	yes := words(0).with(subscribed)

	return []beginning{
		{"a newcomer", 0, false, true},
		{"a newcomer who is asked", 0, false, false},
		{"a subscriber", yes.with(agreed), true, true},
		{"a former subscriber", yes.with(stop), true, true},
		{"a blocked subscriber", yes.with(blocked), true, true},
	}
}

// vendor is what of a provider matters to the gate.
type vendor struct {
	name string

	withoutEcho, forwarded, silent, mayRefuse, namesUser bool
}

func vendors() []vendor {
	return []vendor{
		{name: "Meta or Kaleyra", mayRefuse: true},
		{name: "Gupshup", withoutEcho: true, mayRefuse: true},
		{name: "BusinessOnBot", forwarded: true, silent: true},
	}
}

// crew is who sends.
type crew struct {
	name     string
	messages []place
	mayDie   bool
	slowness uint8
}

func crews() []crew {
	return []crew{
		{"one worker", []place{first}, false, 2},
		{"an event that is delivered twice", []place{first, first}, true, 0},
		{"two events", []place{first, second}, false, 0},
	}
}

// scene returns a scenario.
func scene(r rules, v vendor, shared bool, b beginning, c crew, heard ...door) *scenario {
	s := &scenario{
		rules: r, shared: shared, withoutEcho: v.withoutEcho, forwarded: v.forwarded, namesUser: v.namesUser, about: updates, words: vocabulary(),
		known: b.known, met: b.met, messages: c.messages, heard: heard, declared: -1, mayDie: c.mayDie, slowness: c.slowness, workers: len(c.messages),
	}
	s.name = fmt.Sprintf("%s, shared %t, %s, %s", v.name, shared, b.name, c.name)
	if b.declared {
		s.declared = imported
	}

	for n, m := range c.messages {
		refuses := -1
		if v.mayRefuse && n == 0 && len(c.messages) == 2 && c.messages[1] == second {
			refuses = optedOut
		}
		s.programs = append(s.programs, sends(m, refuses))
	}

	id, moved := false, false
	for _, d := range heard {
		s.name += ", " + d.name
		s.programs = append(s.programs, d.model(d.word))
		if d.offers {
			s.about, s.words = offers, offersOnly(s.words)
		}

		id, moved = id || d.id, moved || d.moves
	}

	switch {
	case id:
		s.programs = append(s.programs, learns())
	case moved:
		s.moves = true
		s.programs = append(s.programs, moves())
	}

	return s
}

// fits reports whether doors can be in one scenario: a stop of offers comes alone, or with an agent's word, and there are four processes.
func fits(c crew, v vendor, b beginning, heard ...door) bool {
	ids, n := 0, len(c.messages)+len(heard)
	for _, d := range heard {
		if d.replies && v.silent || d.moves && !b.met || d.offers && !b.known.has(agreed) {
			return false
		}
		if d.id || d.moves {
			ids++
		}
		if d.offers && len(heard) > 1 {
			return false
		}
	}

	return ids < 2 && n+ids <= processes
}

// eachScene calls f with all scenarios of one door and of two, until it reports false. Unless all is true it leaves out large ones: those of two
// doors with more than one delivery, or with another beginning than a newcomer's or a subscriber's, and of more than one delivery through the
// platform's app. With two doors a worker is slow once, not twice.
func eachScene(r rules, all bool, f func(*scenario) bool) {
	for _, v := range vendors() {
		for _, shared := range []bool{false, true} {
			for _, b := range beginnings() {
				for _, c := range crews() {
					if !eachOf(doors(), func(heard ...door) bool {
						of := c
						if len(heard) > 1 && !all {
							of.slowness = min(c.slowness, 1)
						}

						large := shared && len(c.messages) > 1 || len(heard) > 1 && (c.slowness == 0 || !v.withoutEcho || (b.known == 0) != b.declared)
						return !fits(c, v, b, heard...) || large && !all || f(scene(r, v, shared, b, of, heard...))
					}) {
						return
					}
				}
			}
		}
	}
}

// eachOf calls f with each door alone and with each pair, until it reports false.
func eachOf(all []door, f func(...door) bool) bool {
	for i, one := range all {
		if !f(one) {
			return false
		}

		for _, other := range all[i+1:] {
			if !f(one, other) {
				return false
			}
		}
	}

	return true
}
