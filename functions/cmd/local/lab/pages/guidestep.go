package pages

import (
	"context"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

const (
	// failedDelivery is the event that asks a shopper what to do, and outForDelivery the one that the guide ends with.
	failedDelivery = "shipment/failed_delivery"
	outForDelivery = "shipment/out_for_delivery"

	// tryAgain is the button by which a shopper chooses another attempt, and sendIt the one that says that nothing is to be added to a choice.
	tryAgain = "Try again"
	sendIt   = "No, send it"

	// stopWord is what a shopper writes who wants no more.
	stopWord = "STOP"
)

// guideState is what the guide's steps are ticked by: what is stored of its order, what the provider was asked, and what its phone shows.
type guideState struct {
	// ticked says that the portal's box is, and off that the phone is switched off.
	ticked, off bool
	// asked counts the failed deliveries that the provider was given. Of them open counts those that may still come to the phone without another event, and
	// coming those that the provider has taken.
	asked, open, coming int
	// sending says that a message is being sent, or was by somebody who got no answer; doubted that one is in doubt now, and settled that one was whose answer
	// was lost, and is known to have been taken.
	sending, doubted, settled bool
	// asks says that the phone has the button of the choice, and confirms that the shopper is asked for what is missing.
	asks, confirms bool
	// answered says that the platform took what the shopper chose.
	answered bool
	// broken says that the provider's next answer is to be lost.
	broken bool
	// stopped says that the shopper wrote STOP, refused that an event was not sent since nothing more is wanted, and out that the guide's last event was sent.
	stopped, refused, out bool
}

// lostAnswer is the fault that has a provider take the next message and lose its answer.
func lostAnswer(provider string) string { return provider + "-502-after" }

// guideState reads it.
func (p *Pages) guideState(ctx context.Context, o scenario.Order) (guideState, error) {
	end, err := p.Actor.OrderEnd(ctx, o.ID)
	if err != nil {
		return guideState{}, err
	}

	messages, err := p.Store.MessagesOfOrder(ctx, o.AccountID, o.ID)
	if err != nil {
		return guideState{}, err
	}

	s := guideState{
		ticked: end.Consent == "1",
		off:    p.Simulator.Phones().Settings(o.Phone).Off,
		broken: slices.ContainsFunc(p.Actor.InForce(), func(f scenario.InForce) bool { return f.ID == lostAnswer(o.Provider) }),
	}

	for _, m := range messages {
		s.count(m)
	}

	for _, a := range end.Actions {
		s.answered = s.answered || a.State == "accepted"
	}

	s.read(p.Simulator.Phones().Thread(o.Phone))

	return s, nil
}

// count adds a message of the order.
func (s *guideState) count(m message.Message) {
	s.refused = s.refused || m.Reason == message.OptedOut
	s.out = s.out || m.Event == outForDelivery && len(m.Attempts) > 0

	if m.Event != failedDelivery || len(m.Attempts) == 0 {
		return
	}

	s.asked++

	switch m.Status() {
	case message.StatusInDoubt:
		s.doubted = true
		s.open++
	case message.StatusSending:
		s.sending = true
		s.open++
	case message.StatusWaiting, message.StatusHeld:
		s.open++
	case message.StatusAccepted, message.StatusEnqueued, message.StatusSent:
		s.settled = s.settled || unanswered(m)
		s.coming++
	case message.StatusDelivered, message.StatusRead:
		s.settled = s.settled || unanswered(m)
	default: // it never arrives
	}
}

// read finds out what the shopper is asked, and what the shopper wrote.
func (s *guideState) read(thread []handset.Line) {
	newest := true

	for _, l := range slices.Backward(thread) {
		switch {
		case l.Said != nil:
			s.stopped = s.stopped || strings.EqualFold(strings.TrimSpace(l.Said.Text), stopWord)
		case l.Message != nil:
			s.confirms = s.confirms || newest && slices.Contains(l.Message.Buttons, sendIt)
			s.asks = s.asks || slices.Contains(l.Message.Buttons, tryAgain)
			newest = false
		}
	}
}

// unanswered reports whether no answer of the provider's to the first attempt came back: what is known of it was reported later.
func unanswered(m message.Message) bool {
	_, accepted := m.AttemptAt(1).At[string(message.StatusAccepted)]
	return !accepted && m.AttemptAt(1).Class == ""
}

// The buttons that more than one step has.
var (
	tickBox     = guideButton{"box", "tick", "Tick the box"}
	switchOn    = guideButton{"switch", "off", "Switch the phone on"}
	writeStop   = guideButton{"say", stopWord, "Write STOP on the phone"}
	letFail     = guideButton{"beat", "failed", "Let the delivery fail"}
	letFailMore = guideButton{"beat", "failed-second", "Let the delivery fail again"}
	letPass     = guideButton{"forward", "1m", "Let a minute pass"}
)

// steps are the guide's, as far as they were taken. moves says that the clock can be moved.
func (s guideState) steps(o scenario.Order, moves bool) []guideStep {
	name, _, _ := strings.Cut(o.Shopper, " ")

	return []guideStep{
		{
			Title:   name + " ticks the portal’s box",
			Text:    "Nobody is written to who has not asked for it. The box posts what the customer portal posts.",
			Done:    s.ticked || s.asked > 0,
			Buttons: []guideButton{tickBox},
		},
		{
			Title:   "The delivery fails",
			Text:    "The order platform tells it, and within a second the phone asks " + name + " what to do.",
			Done:    s.asked > 0,
			Buttons: []guideButton{letFail},
		},
		s.choice(name, moves),
		s.breakage(name, o, moves),
		s.stop(name),
		s.refusal(name),
	}
}

// choice is the step in which the shopper chooses.
func (s guideState) choice(name string, moves bool) guideStep {
	g := guideStep{
		Title:   name + " taps “Try again”",
		Text:    "The choice is passed to the order platform once, however often it is tapped.",
		Done:    s.answered,
		Buttons: []guideButton{{"button", tryAgain, "Tap “Try again”"}},
	}

	switch {
	case s.off:
		g.Text = "The phone is switched off, and nobody can tap on it."
		g.Buttons = []guideButton{switchOn}
	case s.confirms:
		g.Text = "The shopper is asked for what the courier should know. Nothing has to be added."
		g.Buttons = []guideButton{{"button", sendIt, "Tap “" + sendIt + "”"}}
	case s.asks:
	case s.open > 0:
		g.Text = "The message has not reached the phone yet. What it waits for stands below."
		g.Buttons = passes(moves)
	case !s.ticked:
		g.Text = "The message did not reach the phone, and the portal’s box is empty: nothing is sent until it is ticked."
		g.Buttons = []guideButton{tickBox}
	case s.coming > 0:
		g.Text = "The message is on its way to the phone. If it does not come, another failed delivery asks once more."
		g.Buttons = []guideButton{letFailMore}
	default:
		g.Text = "The message did not reach the phone; below stands why. Another failed delivery asks once more."
		g.Buttons = []guideButton{letFailMore}
	}

	return g
}

// passes is the button that lets time pass; none where time passes by itself alone.
func passes(moves bool) []guideButton {
	if !moves {
		return nil
	}

	return []guideButton{letPass}
}

// breakage is the step in which an answer is lost. It stays done, whatever becomes of further messages.
func (s guideState) breakage(name string, o scenario.Order, moves bool) guideStep {
	provider := page.ProviderLabel(o.Provider)

	g := guideStep{
		Title:   "An answer is lost, and the delivery fails again",
		Text:    provider + " takes the next message and answers 502: nobody can know from that whether it was sent.",
		Done:    s.settled,
		Buttons: []guideButton{{"fault", lostAnswer(o.Provider), "Let " + provider + "’s next answer be lost"}},
	}

	switch {
	case s.doubted:
		g.Text = "The message is in doubt until what " + provider + " reports is looked through, in about half a minute. It is not sent a second time: look at the phone."
		g.Buttons = passes(moves)
	case s.sending:
		g.Text = "The message is being sent. Where the answer is lost, nothing is done before the time for it is over: what the message waits for stands below."
		g.Buttons = passes(moves)
	case !s.ticked:
		g.Text = name + " wants no more messages: nothing is sent until the portal’s box is ticked once more."
		g.Buttons = []guideButton{tickBox}
	case s.broken:
		g.Text = provider + " is set to do so once. Now let the delivery fail again: the phone shows one message more, not two."
		g.Buttons = []guideButton{letFailMore}
	}

	return g
}

// stop is the step in which the shopper wants no more.
func (s guideState) stop(name string) guideStep {
	g := guideStep{
		Title:   name + " writes STOP",
		Text:    "The portal’s box is empty at once: it is one consent, wherever it is taken back.",
		Done:    s.stopped || s.refused,
		Buttons: []guideButton{writeStop},
	}
	if s.off {
		g.Text = "The phone is switched off, and nobody can write on it."
		g.Buttons = []guideButton{switchOn}
	}

	return g
}

// refusal is the step in which an event is not sent.
func (s guideState) refusal(name string) guideStep {
	g := guideStep{
		Title:   "The next event is refused",
		Text:    "The platform tells another event. Nothing is sent, and the story says why in words.",
		Done:    s.refused,
		Buttons: []guideButton{{"beat", "out", "Tell: out for delivery"}},
	}

	switch {
	case s.ticked && s.off:
		g.Text = "The phone is switched off, and nobody can write on it."
		g.Buttons = []guideButton{switchOn}
	case s.ticked:
		g.Text = "The box was ticked again since " + name + " wrote STOP, so that the event would be sent. Write it once more."
		g.Buttons = []guideButton{writeStop}
	case s.out: // told once a day
		g.Buttons = []guideButton{letFailMore}
	}

	return g
}
