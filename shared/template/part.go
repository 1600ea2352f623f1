package template

import "fmt"

// Part is one part of a template, for the question whether a provider can send it.
type Part struct {
	Component Component
	// Index is that of the button, -1 of any other part.
	Index int
	// Template has no other part with placeholders.
	Template Template
	// From and To are which of all values are the part's.
	From, To int
	words    string
}

// Parts returns the header, the body and the buttons of a template, each alone; nothing of a template whose text the provider does not tell.
func (t Template) Parts() []Part {
	if t.Body == "" {
		return nil
	}

	var parts []Part

	n := 0
	add := func(c Component, index int, words string, alone Template) {
		alone.ID, alone.Name, alone.Language = t.ID, t.Name, t.Language
		parts = append(parts, Part{
			Component: c,
			Index:     index,
			Template:  alone,
			From:      n,
			To:        n + alone.Count(),
			words:     words,
		})
		n += alone.Count()
	}

	if t.Header.Kind != HeaderNone {
		words := fmt.Sprintf("the header, of the kind %s", t.Header.Kind)
		if len(Placeholders(t.Header.Text)) > 0 {
			words = "a header with a placeholder"
		}

		add(componentHeader, whole, words, Template{Header: t.Header, Body: nothing})
	}

	add(componentBody, whole, "the body", Template{Body: t.Body})

	for i, b := range t.Buttons {
		// The buttons before it keep their index, and have nothing that changes.
		buttons := make([]Button, i+1)
		for j := range buttons {
			buttons[j].Kind = ButtonPhone
		}

		buttons[i] = b
		add(componentButton, i, fmt.Sprintf("the button %q, of the kind %s", b.Text, b.Kind), Template{Body: nothing, Buttons: buttons})
	}

	return parts
}

// Unsendable returns the finding about a part that the app's provider has no way to send, however it is filled.
func (p Part) Unsendable() Finding {
	return unsendable(p.Component, p.Index, p.words, "Choose a template without it, or an app of another provider.")
}

// UnsendablePayment returns the finding about a template of WhatsApp's payments that the app's provider cannot send about the event.
func UnsendablePayment(part PaymentPart) Finding {
	return unsendable(componentTemplate, whole, fmt.Sprintf("payment with the part %s about this event", part),
		"Leave payment out, and choose a template that is not of WhatsApp's payments.")
}

// Refusal returns the finding about a message that the app's provider cannot send as it is filled. why is in the words of its package.
func Refusal(why string) Finding {
	return unsendable(componentTemplate, whole, "the template as it is filled: "+why, "Set what is missing, or choose another template.")
}

// unsendable returns the finding about something that the app's provider cannot send.
func unsendable(c Component, index int, what, remedy string) Finding {
	return Finding{
		Component: c,
		Index:     index,
		Rule:      ruleUnsendable,
		Message:   fmt.Sprintf("The app's provider cannot send %s.", what),
		Remedy:    remedy,
		Severity:  SeverityError,
	}
}
