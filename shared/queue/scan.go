package queue

import (
	"bytes"
	"encoding/base64"
	"slices"
	"unicode/utf8"
)

// scanner reads the envelope in the one spelling that Pub/Sub gives it: the known names, each at most once, strings
// without escapes, one object within the other. That takes a quarter of the general decoder's time, which goes over the
// message's data three times. Whatever is spelled differently, rightly or wrongly, is left to the general decoder, so that
// there is one judge of what an envelope may be.
type scanner struct {
	rest  []byte
	other bool // met something that is the general decoder's
}

// scanEnvelope reads a wrapped push; false leaves it to the general decoder.
func scanEnvelope(body []byte) (envelope, wireMessage, bool) {
	var e envelope
	var m wireMessage
	s := scanner{rest: body}
	found := false

	s.object(func(name string) bool {
		switch name {
		case "message":
			found = true

			s.message(&m)
		case "subscription":
			e.Subscription = s.text()
		case "deliveryAttempt":
			e.DeliveryAttempt = s.count()
		case "delivery_attempt":
			e.DeliverySnake = s.count()
		default:
			return false
		}

		return true
	})

	s.space()

	return e, m, found && !s.other && len(s.rest) == 0
}

func (s *scanner) message(m *wireMessage) {
	s.object(func(name string) bool {
		switch name {
		case "data":
			m.Data = s.data()
		case "attributes":
			m.Attributes = map[string]string{}
			s.object(func(name string) bool {
				m.Attributes[name] = s.text()
				return true
			})
		case "messageId":
			m.MessageID = s.text()
		case "message_id":
			m.MessageIDSnake = s.text()
		case "publishTime":
			m.PublishTime = s.text()
		case "publish_time":
			m.PublishTimeSnake = s.text()
		case "orderingKey":
			m.OrderingKey = s.text()
		case "ordering_key":
			m.OrderingKeySnake = s.text()
		default:
			return false
		}

		return true
	})
}

// mostNames is how many names of one object are compared to find one that is there twice; Pub/Sub allows 100 attributes.
const mostNames = 100

// object calls read with each name, which reads the value or refuses the name.
func (s *scanner) object(read func(name string) bool) {
	if !s.take('{') {
		s.other = true
		return
	}
	if s.take('}') {
		return
	}

	var room [8]string
	for names := room[:0]; !s.other; {
		name := s.text()
		if len(names) == mostNames || slices.Contains(names, name) || !s.take(':') || !read(name) {
			s.other = true
			return
		}

		names = append(names, name)
		if s.take('}') {
			return
		}
		if !s.take(',') {
			s.other = true
		}
	}
}

func (s *scanner) space() { s.rest = bytes.TrimLeft(s.rest, " \t\r\n") }

// take steps over c, with the space before it, if it is next.
func (s *scanner) take(c byte) bool {
	s.space()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}

	s.rest = s.rest[1:]

	return true
}

// quoted is what stands up to the next quotation mark.
func (s *scanner) quoted() []byte {
	if !s.take('"') {
		s.other = true
		return nil
	}

	end := bytes.IndexByte(s.rest, '"')
	if end < 0 {
		s.other = true
		return nil
	}

	inner := s.rest[:end]
	s.rest = s.rest[end+1:]

	return inner
}

// text is a string of printable ASCII without escapes.
func (s *scanner) text() string {
	inner := s.quoted()
	for _, c := range inner {
		if c < ' ' || c >= utf8.RuneSelf || c == '\\' {
			s.other = true
			return ""
		}
	}

	return string(inner)
}

// data is a string in base64.
func (s *scanner) data() []byte {
	inner := s.quoted()
	// The decoder of base64 skips line breaks, which a string in JSON cannot hold.
	if bytes.IndexByte(inner, '\n') >= 0 || bytes.IndexByte(inner, '\r') >= 0 {
		s.other = true
		return nil
	}

	data := make([]byte, base64.StdEncoding.DecodedLen(len(inner)))
	n, err := base64.StdEncoding.Decode(data, inner)
	if err != nil {
		s.other = true
		return nil
	}

	return data[:n]
}

// count is a whole number of at most nine digits.
func (s *scanner) count() int {
	s.space()

	n, digits := 0, 0
	for digits < len(s.rest) && s.rest[digits] >= '0' && s.rest[digits] <= '9' {
		n = n*10 + int(s.rest[digits]-'0')
		if digits++; digits > 9 {
			break
		}
	}

	if digits == 0 || digits > 9 || digits > 1 && s.rest[0] == '0' {
		s.other = true
		return 0
	}

	s.rest = s.rest[digits:]

	return n
}
