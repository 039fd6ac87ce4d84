// Package web turns filled-in view models into pages, in Khmer and English.
//
// Its nouns:
//
//   - a view (Tonight, QuestionPage, Pairs, …) is a plain struct that a host
//     fills in. It says what is to be seen; it holds no rule.
//   - a frame (FieldFrame, DeskFrame) is what surrounds every view: the
//     language, who is working, how far the newest work has travelled.
//   - a word is one sentence in both languages, from words/km.json and
//     words/en.json. No template holds a sentence of its own.
//   - a route is a path that a page may post to, with the fields it sends.
//
// There are two faces:
//
//	tablet, partner   GET /            the shell: no data, one script
//	(loopback)        POST /tonight …  JSON in, HTML fragments out
//	                                   each top element replaces its namesake
//
//	desk (office)     GET, POST        ordinary pages, readable without script
//
// What it promises: every page in both languages from one table; nothing that
// the Content-Security-Policy of SecureHeaders would have to forgive; state
// shown by icon and word, never by colour alone; the word "victim" only where
// an official decision says so.
//
// What it does not do: it imports no other room, asks no store, checks no
// right. A host decides what a person may see before it fills in a view.
package web
