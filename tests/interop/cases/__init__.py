# SPDX-License-Identifier: BSD-2-Clause
"""One file a theme; each registers its cases when it is imported."""
