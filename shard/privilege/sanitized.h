/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_PRIVILEGE_SANITIZED_H
#define SHARD_PRIVILEGE_SANITIZED_H

/*
 * Whether this is a build with sanitizers. Their runtimes open files, start threads and map memory
 * as they like, so that such a build filters no system calls.
 */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HUB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define HUB_SANITIZED 1
#endif
#endif
#ifndef HUB_SANITIZED
#define HUB_SANITIZED 0
#endif

#endif
