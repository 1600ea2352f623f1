package message

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// hashedPrefix begins an id that was replaced by its hash.
const hashedPrefix = "sha256:"

// HashedID returns what stands in the place of a provider's id where the number must not be, since WhatsApp's ids hold it: in a message whose
// shopper was erased, which a later report still finds by it, and in what strangers get. An id has a random part, so that nobody can try the
// numbers. What is hashed already stays.
func HashedID(id string) string {
	if strings.HasPrefix(id, hashedPrefix) {
		return id
	}

	sum := sha256.Sum256([]byte(id))

	return hashedPrefix + hex.EncodeToString(sum[:])
}

// Erased returns the message without personal data: whom it went to, what it said, and the event that it came with. What it was, whether it
// arrived and what it cost stay.
func (m Message) Erased() Message {
	m.IsErased = true
	m.Phone, m.UserID, m.LearnedID, m.LinkedKey = "", "", "", ""
	m.Activity.CustomerName, m.Activity.CustomerPhone, m.Activity.CustomerEmail = "", "", ""
	m.EventData, m.EventAttrs = nil, nil

	if m.Session != nil {
		session := *m.Session
		session.Text, session.Buttons = "", nil
		m.Session = &session
	}

	m.Attempts = cloned(m.Attempts)
	for n, a := range m.Attempts {
		a.IDs = hashedIDs(a.IDs)
		m.Attempts[n] = a
	}

	m.ProviderIDs = slices.Clone(m.ProviderIDs)
	for n, key := range m.ProviderIDs {
		if app, id, ok := strings.Cut(key, ":"); ok {
			m.ProviderIDs[n] = app + ":" + HashedID(id)
		}
	}

	return m
}

func hashedIDs(ids []string) []string {
	hashed := slices.Clone(ids)
	for n, id := range hashed {
		hashed[n] = HashedID(id)
	}

	return hashed
}

// Of returns the progress as it may be written to a message: what is reported of one whose shopper was erased brings no personal data back.
func (p Progress) Of(m Message) Progress {
	if !m.IsErased {
		return p
	}

	p.IDs = hashedIDs(p.IDs)
	p.UserID, p.LearnedID, p.RecipientKey, p.LinkedKey = "", "", "", ""

	return p
}

// IsHashedKey reports whether a key of a message's ProviderIDs has the hash of an id.
func IsHashedKey(key string) bool {
	_, id, _ := strings.Cut(key, ":")
	return strings.HasPrefix(id, hashedPrefix)
}
