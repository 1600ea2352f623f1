package console

// newestOf says the newest that happened, in a few words.
func newestOf(now storyLive) string {
	var newest *stop

	for i := range now.Steps {
		if s := &now.Steps[i]; newest == nil || !s.At.Before(newest.At) {
			newest = s
		}
	}

	if newest == nil {
		return "Nothing has happened yet."
	}

	at := newest.At.In(now.Zone).Format("15:04:05")
	if newest.Day != "" {
		at = writtenDay(newest.Day)
	}

	return "Newest: " + newest.What + ", " + at + "."
}
