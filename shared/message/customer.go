package message

import "slices"

// Customers returns the ids of the customers of messages, each once, in the order of the messages.
func Customers(all []Message) []string {
	var ids []string

	for _, m := range all {
		if m.CustomerID != "" && !slices.Contains(ids, m.CustomerID) {
			ids = append(ids, m.CustomerID)
		}
	}

	return ids
}
