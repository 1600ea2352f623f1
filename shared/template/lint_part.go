package template

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// checkLength checks a part with its values in place.
func (l *linter) checkLength(at spot, text string, most int) {
	n := utf8.RuneCountInString(text)
	if n <= most {
		return
	}

	l.add(at, SeverityError, ruleTooLong,
		fmt.Sprintf("With its sample values, %s has %d characters, and WhatsApp takes %d.", at.words, n, most),
		"Choose a shorter text or another variable, or have a shorter template approved.")
}

// checkHeader checks what the header shows beside text.
func (l *linter) checkHeader() {
	at := spot{componentHeader, whole, "the header"}

	switch kind := l.template.Header.Kind; kind {
	case HeaderNone, HeaderText:
	case HeaderImage, HeaderVideo, HeaderDocument:
		l.checkMedia(at, string(kind))
	case HeaderLocation:
		l.checkLocation(at)
	default:
		l.add(at, SeverityError, ruleHeaderKind,
			fmt.Sprintf("The template has a %q, which a notification cannot fill.", string(kind)),
			"Choose a template whose header is a text, an image, a video, a document or a location, or that has none.")
	}
}

// checkMedia checks the header's file.
func (l *linter) checkMedia(at spot, kind string) {
	m := l.use.Filling.Media
	if m.ID != "" {
		return
	}
	if m.Link.IsZero() {
		l.add(at, SeverityError, ruleMediaMissing,
			fmt.Sprintf("The header shows a file of the kind %s, and none is chosen.", kind),
			"Give the file's address, or choose the variable that has it.")
		return
	}

	at.words = "the header's file"

	link := m.Link.Text
	if key := m.Link.Variable; key != "" {
		if !l.checkVariable(at, key) {
			return
		}

		link = sampleOf(key, l.use.Event)
	}

	if !isAddress(link) {
		l.add(at, SeverityError, ruleMediaLink,
			"WhatsApp fetches the header's file from its address, and what is set is none that begins with https://.",
			`Give an address that begins with https:// and opens without a password, or choose a variable that is one, such as "Invoice".`)
	}
}

// isAddress reports whether WhatsApp can fetch a file from there.
func isAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(literalFaults(link)) == 0 && !strings.Contains(link, " ")
}

// checkLocation checks the header's place, all of which WhatsApp wants.
func (l *linter) checkLocation(at spot) {
	m := l.use.Filling.Media
	if !isDegrees(m.Latitude, 90) || !isDegrees(m.Longitude, 180) {
		l.add(at, SeverityError, ruleLocation, "The header shows a place on the map, and its coordinates are missing or are none.",
			"Give latitude and longitude as decimal degrees, such as 18.52 and 73.85.")
	}

	if strings.TrimSpace(m.Name) == "" || strings.TrimSpace(m.Address) == "" {
		l.add(at, SeverityError, ruleLocation, "The header shows a place on the map, and its name or its address is missing.",
			"Give both: WhatsApp shows them below the map.")
	}
}

// isDegrees reports whether a text is a number of degrees, at most so many to either side.
func isDegrees(s string, most float64) bool {
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n >= -most && n <= most
}

// unfillable are the buttons that need what a notification of an order does not have.
var unfillable = []ButtonKind{ButtonOTP, "flow", "mpm", "spm"}

// checkButtons checks what buttons need beside the values of links.
func (l *linter) checkButtons() {
	failed := l.use.Event == order.Kind{Resource: order.Shipment, SubType: failedDelivery}

	for i, b := range l.template.Buttons {
		at := spot{componentButton, i, fmt.Sprintf("the button %q", b.Text)}

		switch {
		case b.Kind == ButtonQuickReply && failed:
			l.checkAction(at, b.Text)
		case b.Kind == ButtonCopyCode:
			l.checkCode(at)
		case slices.Contains(unfillable, b.Kind):
			l.add(at, SeverityError, ruleButtonKind,
				fmt.Sprintf("The button %q is of the kind %s, which a notification cannot fill.", b.Text, b.Kind),
				"Choose a template whose buttons are replies, links, calls or codes to copy.")
		}
	}
}

// checkCode checks what a button copies.
func (l *linter) checkCode(at spot) {
	code := l.use.Filling.CopyCode
	switch {
	case code.IsZero():
		l.add(at, SeverityError, ruleCodeMissing, fmt.Sprintf("It is not set what %s copies.", at.words),
			"Write the code, or choose the variable that has it.")
		return
	case code.Variable != "":
		if !l.checkVariable(at, code.Variable) {
			return
		}
	default:
		l.checkText(at, code.Text)
	}

	at.words = "what " + at.words + " copies"
	l.checkLength(at, l.use.sample(code), maxCode)
}

// checkAction checks that a tap on a button of a failed delivery can be understood.
func (l *linter) checkAction(at spot, label string) {
	chosen := nth(l.use.Filling.Actions, at.index)
	switch {
	case chosen != "" && !isAction(chosen):
		l.add(at, SeverityError, ruleActionUnknown,
			fmt.Sprintf("%q, which is set for %s, is no action.", chosen, at.words), "Choose "+actionList()+".")
	case cmp.Or(chosen, actionOf(label)) == "":
		l.add(at, severityWarning, ruleActionMissing,
			fmt.Sprintf("Nobody can tell what a shopper wants who taps %s: the tap changes nothing about the delivery.", at.words),
			"Choose the button's action: "+actionList()+".")
	}
}

// checkUnused checks that nothing is set which the template has no part for. What a template has whose text the provider does not tell is not
// known.
func (l *linter) checkUnused() {
	if l.untold {
		return
	}

	l.checkUnusedMedia()

	if !l.has(ButtonCopyCode) && !l.use.Filling.CopyCode.IsZero() {
		l.add(spot{componentTemplate, whole, ""}, SeverityError, ruleCodeUnused,
			"A code to copy is set, and no button of the template copies one.", "Leave copyCode out, or choose a template with such a button.")
	}

	failed := l.use.Event == order.Kind{Resource: order.Shipment, SubType: failedDelivery}

	for i, action := range l.use.Filling.Actions {
		if action == "" || failed && i < len(l.template.Buttons) && l.template.Buttons[i].Kind == ButtonQuickReply {
			continue
		}

		l.add(spot{componentButton, i, ""}, SeverityError, ruleActionUnused,
			fmt.Sprintf("An action is set for the button at index %d, where no tap asks for one: only quick replies of %q do.", i, failedLabel()),
			"Leave the action out.")
	}
}

// checkUnusedMedia checks that the header shows what is set for it.
func (l *linter) checkUnusedMedia() {
	at := spot{componentHeader, whole, "the header"}
	m := l.use.Filling.Media
	file := !m.Link.IsZero() || m.ID != "" || m.Filename != ""
	place := m.Latitude != "" || m.Longitude != "" || m.Name != "" || m.Address != ""

	kind := l.template.Header.Kind
	shows := kind == HeaderImage || kind == HeaderVideo || kind == HeaderDocument

	if file && !shows {
		l.add(at, SeverityError, ruleMediaUnused, "A file is set for the header, and the template's header shows none.",
			"Leave link, id and filename out of media, or choose a template whose header is an image, a video or a document.")
	}
	if place && kind != HeaderLocation {
		l.add(at, SeverityError, ruleMediaUnused, "A place is set for the header, and the template's header shows none.",
			"Leave latitude, longitude, name and address out of media, or choose a template whose header is a location.")
	}
}

// has reports whether the template has a button of the kind.
func (l *linter) has(kind ButtonKind) bool {
	return slices.ContainsFunc(l.template.Buttons, func(b Button) bool { return b.Kind == kind })
}

// failedLabel is what the operator calls a failed delivery.
func failedLabel() string {
	entry, _ := order.Lookup(order.Kind{Resource: order.Shipment, SubType: failedDelivery})
	return entry.Label
}

// checkLinkText checks that a text can stand in a link as it is.
func (l *linter) checkLinkText(at spot, text string) {
	const legal = "-._~:/?#[]@!$&'()*+,;=%"

	if len(literalFaults(text)) > 0 {
		return
	}

	if strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(legal, r)
	}) {
		l.add(at, SeverityError, ruleTextLink, fmt.Sprintf("The text for %s has a character that cannot stand in a link.", at.words),
			"Write letters without accents, digits and signs such as - and /; a blank is %20 in a link.")
	}
}

// actionList names all actions.
func actionList() string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = fmt.Sprintf("%s (%s)", a.code, a.does)
	}

	slices.Sort(names)
	last := len(names) - 1

	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// checkPayment checks the variables of a template of WhatsApp's payments.
func (l *linter) checkPayment() {
	payment := l.use.Filling.Payment
	l.checkBill(payment.Part == OrderDetails)

	if payment.Part == "" {
		return
	}

	l.checkVariable(spot{componentTemplate, whole, "the order's reference"}, payment.ReferenceKey())

	at := spot{componentTemplate, whole, "the line below the order's status"}
	switch line := payment.Description; {
	case line.Variable != "":
		l.checkVariable(at, line.Variable)
	case line.Text != "":
		l.checkText(at, line.Text)
	}
}

// checkBill checks that an order for review and payment is set where a button shows one, and nowhere else.
func (l *linter) checkBill(set bool) {
	shown := l.has(buttonOrderDetails)
	at := spot{componentTemplate, whole, ""}

	switch {
	case shown && !set:
		l.add(at, SeverityError, rulePaymentMissing, "A button of the template shows the order for review and payment, and no way of payment is set.",
			"Set payment with the part order_details, or choose a template without such a button.")
	case set && !shown && !l.untold:
		l.add(at, SeverityError, rulePaymentUnused, "The order is set for review and payment, and no button of the template shows it.",
			"Leave payment out, or choose a template with such a button.")
	}
}
