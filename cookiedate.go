package pavise

import (
	"strings"
	"time"
)

// cookieDate reads a date as browsers do: they look for a time, a day, a month and a
// year among the words, whatever else there is, and take it for UTC (RFC 6265bis 5.6.1).
func cookieDate(s string) (time.Time, bool) {
	var clock [3]int
	day, month, year := -1, time.Month(0), -1
	timed := false
	for word := range strings.FieldsFuncSeq(s, delimits) {
		number, digits := leadingNumber(word, 4)
		switch {
		case !timed && readClock(word, &clock):
			timed = true
		case day < 0 && (digits == 1 || digits == 2):
			day = number
		case month == 0 && monthOf(word) != 0:
			month = monthOf(word)
		case year < 0 && digits >= 2 && digits <= 4:
			year = number
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	date := time.Date(year, month, day, clock[0], clock[1], clock[2], 0, time.UTC)
	good := timed && month != 0 && year >= 1601 && clock[0] <= 23 && clock[1] <= 59 && clock[2] <= 59 &&
		date.Day() == day && date.Month() == month
	return date, good
}

func delimits(c rune) bool {
	return c == '\t' || c >= ' ' && c <= '/' || c >= ';' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}

// leadingNumber reads the digits that a word begins with, of which there are none if
// they are more than most.
func leadingNumber(word string, most int) (number, digits int) {
	for digits < len(word) && word[digits] >= '0' && word[digits] <= '9' {
		if digits == most {
			return 0, 0
		}
		number = 10*number + int(word[digits]-'0')
		digits++
	}
	return number, digits
}

// readClock reads hours, minutes and seconds with colons between.
func readClock(word string, clock *[3]int) bool {
	var read [3]int
	for i := range read {
		number, digits := leadingNumber(word, 2)
		if digits == 0 {
			return false
		}
		if read[i], word = number, word[digits:]; i == len(read)-1 {
			break
		}
		if word == "" || word[0] != ':' {
			return false
		}
		word = word[1:]
	}
	*clock = read
	return true
}

// monthOf is the month whose name a word begins with, or 0.
func monthOf(word string) time.Month {
	if len(word) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(m.String()[:3], word[:3]) {
			return m
		}
	}
	return 0
}
