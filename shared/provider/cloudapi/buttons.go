package cloudapi

import (
	"errors"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Limits of a text with reply buttons, in characters (shared/provider/meta/CONTRACT.md section 2.2).
const (
	maxButtonsBody = 1024
	maxButtons     = 3
	maxButtonTitle = 20
	maxButtonID    = 256
)

// What WhatsApp does not take.
var (
	errButtonsText = errors.New("text above buttons must have 1 to 1024 characters")
	errButtons     = errors.New("1 to 3 buttons with different ids and titles of 1 to 20 characters are needed")
)

// CheckButtons returns an error if WhatsApp would not take a text with these buttons, whoever sends it.
func CheckButtons(m provider.ButtonMessage) error {
	if !within(m.Text, maxButtonsBody) {
		return errButtonsText
	}
	if len(m.Buttons) == 0 || len(m.Buttons) > maxButtons {
		return errButtons
	}

	ids, titles := map[string]bool{}, map[string]bool{}
	for _, b := range m.Buttons {
		if !within(b.ID, maxButtonID) || !within(b.Title, maxButtonTitle) || ids[b.ID] || titles[b.Title] {
			return errButtons
		}

		ids[b.ID], titles[b.Title] = true, true
	}

	return nil
}

func within(s string, most int) bool { return s != "" && utf8.RuneCountInString(s) <= most }

// Interactive is a text with reply buttons as the Cloud API takes it.
type Interactive struct {
	Type   string       `json:"type"`
	Body   captionBody  `json:"body"`
	Action buttonAction `json:"action"`
}

type captionBody struct {
	Text string `json:"text"`
}

type buttonAction struct {
	Buttons []replyButton `json:"buttons"`
}

type replyButton struct {
	Type  string     `json:"type"`
	Reply buttonSpec `json:"reply"`
}

type buttonSpec struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Buttons returns a text with reply buttons that [CheckButtons] has passed.
func Buttons(m provider.ButtonMessage) *Interactive {
	out := Interactive{Type: "button", Body: captionBody{m.Text}}
	for _, b := range m.Buttons {
		out.Action.Buttons = append(out.Action.Buttons, replyButton{Type: "reply", Reply: buttonSpec(b)})
	}

	return &out
}
