package order

import (
	"strings"
	"time"
)

// readLog reads a status log: a map of status to time, or an array of entries. A time may itself be a list or an object
// that holds it.
func readLog(c *cursor, loc *time.Location) []logEntry {
	log := make([]logEntry, 0, 8)
	switch c.peek() {
	case '{':
		c.object(func(key string) {
			log = append(log, logEntry{status: canonicalSubType(key), at: readMoment(c, loc)})
		})
	case '[':
		c.array(func() { log = readLogEntry(c, loc, log) })
	default:
		c.skip()
	}
	return log
}

// readLogEntry reads {"status": …, "updatedAt": …} or {"delivered": …}.
func readLogEntry(c *cursor, loc *time.Location, log []logEntry) []logEntry {
	var status string
	var at stamp
	start := len(log)
	c.object(func(key string) {
		switch {
		case key == "status":
			status = canonicalSubType(c.scalar())
		case isTimeKey(key):
			at = parseStamp(c.scalar(), loc)
		case key == "remark" || key == "remarks" || key == "location":
			c.skip()
		default:
			log = append(log, logEntry{status: canonicalSubType(key), at: readMoment(c, loc)})
		}
	})
	if status == "" {
		return log
	}
	return append(log[:start], logEntry{status: status, at: at})
}

// readMoment reads a time, the newest of a list of times, or the time in an object.
func readMoment(c *cursor, loc *time.Location) stamp {
	var at stamp
	later := func(next stamp) {
		if at.raw == "" || next.known && (!at.known || next.epoch > at.epoch) {
			at = next
		}
	}
	switch c.peek() {
	case '[':
		c.array(func() { later(readMoment(c, loc)) })
	case '{':
		c.object(func(key string) {
			if !isTimeKey(key) {
				c.skip()
				return
			}
			later(parseStamp(c.scalar(), loc))
		})
	default:
		at = parseStamp(c.scalar(), loc)
	}
	return at
}

// isTimeKey tells the keys under which the platform's logs keep the time of an entry.
func isTimeKey(key string) bool {
	switch key {
	case "updatedAt", "updated_at", "status_updated_at", "statusUpdatedAt", "timestamp", "date", "time":
		return true
	}
	return false
}

// readAddress reads an address with its contact; a return's keys have a prefix.
func readAddress(c *cursor) (Customer, Address) {
	var contact Customer
	var address Address
	c.object(func(key string) {
		text := clip(c.scalar(), maxText)
		switch strings.TrimPrefix(key, "pickup_") {
		case "customerName":
			contact.Name = text
		case "contactPhone":
			contact.Phone = text
		case "email":
			contact.Email = text
		case "countryCode":
			contact.Region = text
		case "addressLine1":
			address.Line1 = text
		case "addressLine2":
			address.Line2 = text
		case "city":
			address.City = text
		case "state":
			address.State = text
		case "postalCode":
			address.Pincode = text
		}
	})
	return contact, address
}
