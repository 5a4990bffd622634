/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that are gathered in memory and sent together; a part of transfer/messages.c. */
#ifndef IOVTOOL_TRANSFER_MESSAGE_BATCH_H
#define IOVTOOL_TRANSFER_MESSAGE_BATCH_H

#include "transfer/messages.h"
#include "transfer/reader.h"

struct batch;

struct batch *batch_new(const struct messages_job *job, const struct reader *reader);
void batch_free(struct batch *batch);

/* The bytes of the message that was begun and not ended. */
size_t batch_open_length(const struct batch *batch);

/* Adds bytes to it. */
bool batch_add(struct batch *batch, const uint8_t *bytes, size_t length, GError **error);

/* Ends it; now and then all are sent. */
bool batch_end_message(struct batch *batch, GError **error);

/* Sends all messages that have ended, unless a file shrank under their bytes (reader_intact()). */
bool batch_flush(struct batch *batch, GError **error);

struct messages_sent batch_sent(const struct batch *batch);

#endif
