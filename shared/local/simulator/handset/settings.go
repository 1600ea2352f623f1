package handset

import "slices"

// Settings is how a phone is set by its owner. The zero value is a phone that is on and hides nothing.
type Settings struct {
	// Off is switched off or without network: what is accepted meanwhile is sent and gets no further. Once the phone is on
	// again, all that waited is delivered, in the order it was sent. What was delivered before stays so. An owner cannot
	// write on it.
	Off bool `json:"off"`
	// NoReadReceipts has nobody told of reading, from then on: messages stay delivered.
	NoReadReceipts bool `json:"noReadReceipts"`
	// HideNumber has every answer name the shopper by a user id alone, as [Reply.HideNumber].
	HideNumber bool `json:"hideNumber"`
	// Agent says that another sender holds the conversation: every answer is as with [Reply.Standby].
	Agent bool `json:"agent"`
}

// Settings returns how the phone with that number is set.
func (b *Book) Settings(number string) Settings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settings[digits(number)]
}

// Set sets the phone with that number; messages on their way to it go by that from now on.
func (b *Book) Set(number string, s Settings) {
	after := b.now()

	// A message looks up the settings itself, and without this lock: its provider asks for them while it is locked.
	for _, e := range b.set(digits(number), s) {
		after = e.item.Follow(after)
	}
}

// set keeps the settings of the phone with that number (digits), and returns what may be on its way to it, oldest first.
func (b *Book) set(number string, s Settings) []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()

	if s == (Settings{}) {
		delete(b.settings, number)
	} else {
		b.settings[number] = s
	}

	all := slices.DeleteFunc(b.waiting[number], func(e *entry) bool { return !e.forgotten })
	if p := b.phones[number]; p != nil {
		all = append(all, p.entries...)
	}

	delete(b.waiting, number)
	if s.Off {
		b.waiting[number] = slices.Clone(all)
	}

	return all
}
