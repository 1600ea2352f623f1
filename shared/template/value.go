package template

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// cashOnDelivery is the one spelling that shoppers see of the many that shops have.
const cashOnDelivery = "Cash on Delivery"

// join makes one value of several: each once, separated by commas. What does not fit whole is counted instead, as half a
// code or half a link is of no use. It is empty if there is nothing worth showing.
func join(texts []string, free bool) string {
	if len(texts) == 1 {
		return meaningful(texts[0], free)
	}

	const separator, room = ", ", 16 // room for " +9999 more"
	var parts []string

	length, left := 0, 0
	for _, text := range texts {
		part := meaningful(text, free)
		if part == "" || contains(parts, part) {
			continue
		}

		needed := utf8.RuneCountInString(part) + len(separator)
		if len(parts) > 0 && length+needed > maxValue-room {
			left++
			continue
		}

		parts = append(parts, part)
		length += needed
	}

	value := strings.Join(parts, separator)
	if left > 0 {
		value += " +" + strconv.Itoa(left) + " more"
	}

	return value
}

// meaningful is the text fit to be sent, or empty if nothing of it would show. Only a free text is cut, and has its
// entities decoded.
func meaningful(s string, free bool) string {
	if s == "" {
		return ""
	}

	if free {
		s = Sanitise(decodeEntities(s))
	} else {
		s = clean(s)
	}
	if s == nothing || strings.EqualFold(s, "null") {
		return ""
	}

	return s
}

// contains compares without case: shops spell one product's brand in several ways.
func contains(parts []string, part string) bool {
	for _, p := range parts {
		if strings.EqualFold(p, part) {
			return true
		}
	}

	return false
}

// payment gives the spellings of cash on delivery one name and leaves every other method as the shop calls it.
func payment(method string, cash bool) string {
	if cash || isCash(method) {
		return cashOnDelivery
	}
	return method
}

// isCash recognises COD, C.O.D., cash_on_delivery, "Cash on Delivery (COD)", pay on delivery.
func isCash(method string) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, method)

	switch letters {
	case "cod", "cash", "codpayment", "payondelivery":
		return true
	}

	return strings.Contains(letters, "cashondelivery")
}

// addressLine is both lines as one.
func addressLine(a order.Address) []string {
	line := strings.Trim(strings.TrimSpace(a.Line1), ",")
	if second := strings.Trim(strings.TrimSpace(a.Line2), ","); second != "" {
		if line == "" {
			return one(second)
		}

		line += ", " + second
	}

	return one(line)
}

// quantity is the number of pieces of all items, nothing if they do not say.
func quantity(items []order.Item) []string {
	sum := 0
	for _, i := range items {
		sum += i.Quantity
	}
	if sum == 0 {
		return nil
	}

	return one(strconv.Itoa(sum))
}

// every is one field of all items.
func every(items []order.Item, field func(*order.Item) string) []string {
	if len(items) == 0 {
		return nil
	}

	texts := make([]string, len(items))
	for i := range items {
		texts[i] = field(&items[i])
	}

	return texts
}

func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
