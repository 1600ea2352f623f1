package pages

import (
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// failed is a message about a failed delivery whose one attempt is as given.
func failed(phase message.Phase, a message.Attempt) message.Message {
	return message.Message{Event: failedDelivery, Phase: phase, Attempt: 1}.WithAttempt(1, a)
}

// TestGuideSteps holds which steps of the guide are done in what state, and what the next one offers and says.
func TestGuideSteps(t *testing.T) {
	t.Parallel()
	answered := map[string]int64{"accepted": 1}
	doubt := failed(message.InDoubt, message.Attempt{})
	sending := failed(message.Claimed, message.Attempt{})
	read := failed("", message.Attempt{Rank: message.RankRead, At: answered})
	settled := failed("", message.Attempt{Rank: message.RankRead})
	refused := failed(message.Failed, message.Attempt{Rank: message.RankFailed, Failure: message.Failure{Class: "invalid_number"}})
	resumed := failed("", message.Attempt{Rank: message.RankSent, Failure: message.Failure{Class: "invalid_number"}})
	givenUp := failed(message.GivenUp, message.Attempt{})
	sent := failed("", message.Attempt{Rank: message.RankSent, At: answered})
	unwanted := message.Message{Event: outForDelivery, Phase: message.Refused, Reason: message.OptedOut}
	out := message.Message{Event: outForDelivery, Attempt: 1}.WithAttempt(1, message.Attempt{Rank: message.RankRead, At: answered})
	asked := []handset.Line{{Message: &handset.Message{Buttons: []string{tryAgain}}}}
	stop := append(slices.Clone(asked), handset.Line{Said: &handset.Said{Text: " stop "}})
	on, chosen := guideState{ticked: true}, guideState{ticked: true, answered: true}
	broken := chosen
	broken.broken = true
	off := on
	off.off = true
	empty := guideState{answered: true}

	for name, c := range map[string]struct {
		s        guideState
		messages []message.Message
		thread   []handset.Line
		// done has a 1 for each step that is, button is what the next offers, and says what its text has.
		done, button, says string
	}{
		"nothing":                        {guideState{}, nil, nil, "000000", "Tick the box", ""},
		"ticked":                         {on, nil, nil, "100000", "Let the delivery fail", ""},
		"asked":                          {on, []message.Message{read}, asked, "110000", "Tap “Try again”", ""},
		"asked, phone off":               {off, []message.Message{sent}, asked, "110000", "Switch the phone on", ""},
		"not arrived yet":                {on, []message.Message{failed(message.Waiting, message.Attempt{Failure: message.Failure{Class: "throttled"}})}, nil, "110000", "Let a minute pass", "not reached"},
		"on its way":                     {on, []message.Message{sent}, nil, "110000", "Let the delivery fail again", "on its way"},
		"being sent":                     {on, []message.Message{sending}, nil, "110000", "Let a minute pass", "not reached"},
		"the answer is waited for":       {chosen, []message.Message{read, sending}, asked, "111000", "Let a minute pass", "being sent"},
		"never arrived":                  {on, []message.Message{refused}, nil, "110000", "Let the delivery fail again", "did not reach"},
		"never arrived, box empty":       {guideState{}, []message.Message{refused}, nil, "110000", "Tick the box", "did not reach"},
		"confirms":                       {on, []message.Message{read}, append(slices.Clone(asked), handset.Line{Message: &handset.Message{Buttons: []string{sendIt}}}), "110000", "Tap “No, send it”", ""},
		"chosen":                         {chosen, []message.Message{read}, asked, "111000", "Let Gupshup’s next answer be lost", "answers 502"},
		"broken":                         {broken, []message.Message{read}, asked, "111000", "Let the delivery fail again", "once"},
		"in doubt":                       {chosen, []message.Message{read, doubt}, asked, "111000", "Let a minute pass", "in doubt"},
		"settled":                        {chosen, []message.Message{read, settled}, asked, "111100", "Write STOP on the phone", ""},
		"the first was lost":             {chosen, []message.Message{settled}, asked, "111100", "Write STOP on the phone", ""},
		"the phone is off meanwhile":     {chosen, []message.Message{settled, sent, refused, givenUp}, asked, "111100", "Write STOP on the phone", ""},
		"refused is no lost answer":      {chosen, []message.Message{read, refused}, asked, "111000", "Let Gupshup’s next answer be lost", "answers 502"},
		"an error is an answer":          {chosen, []message.Message{read, resumed}, asked, "111000", "Let Gupshup’s next answer be lost", "answers 502"},
		"given up is not settled":        {chosen, []message.Message{read, givenUp}, asked, "111000", "Let Gupshup’s next answer be lost", "answers 502"},
		"STOP before an answer was lost": {empty, []message.Message{read}, stop, "111010", "Tick the box", "wants no more"},
		"STOP":                           {empty, []message.Message{read, settled}, stop, "111110", "Tell: out for delivery", ""},
		"STOP, and ticked again":         {chosen, []message.Message{read, settled}, stop, "111110", "Write STOP on the phone", "ticked again"},
		"STOP, and the event was told":   {empty, []message.Message{read, settled, out}, stop, "111110", "Let the delivery fail again", ""},
		"all":                            {empty, []message.Message{read, settled, unwanted}, stop, "111111", "", ""},
		"all, and one more fails":        {chosen, []message.Message{read, settled, unwanted, refused, doubt, givenUp, sent}, stop, "111111", "", ""},
	} {
		s := c.s
		for _, m := range c.messages {
			s.count(m)
		}
		s.read(c.thread)
		steps := s.steps(scenario.Order{Provider: "gupshup", Shopper: "Ira Sample"}, true)
		got, next := "", guideStep{}
		for _, one := range slices.Backward(steps) {
			if one.Done {
				got = "1" + got
			} else {
				got, next = "0"+got, one
			}
		}
		label := ""
		if len(next.Buttons) > 0 {
			label = next.Buttons[0].Label
		}
		if got != c.done || label != c.button || !strings.Contains(next.Text, c.says) || c.says == "" && strings.Contains(next.Text, "in doubt") {
			t.Errorf("%s: done %s, want %s; offers %q, want %q; says %q", name, got, c.done, label, c.button, next.Text)
		}
	}
}
