/*!40101 SET NAMES binary*/;
/*!40014 SET FOREIGN_KEY_CHECKS=0*/;

/*!40103 SET TIME_ZONE='+00:00' */;
CREATE TABLE `acc` (
  `id` int(10) unsigned NOT NULL,
  `name` varchar(40) CHARACTER SET gbk COLLATE gbk_chinese_ci NOT NULL,
  `low` varchar(40) CHARACTER SET gbk COLLATE gbk_chinese_ci GENERATED ALWAYS AS (lcase(`name`)) STORED,
  `nick` varchar(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  `bio` text DEFAULT NULL,
  `salt` varbinary(8) DEFAULT NULL,
  `digest` blob DEFAULT NULL,
  `flag` bit(1) NOT NULL,
  `bits` bit(10) DEFAULT NULL,
  `price` decimal(10,2) DEFAULT NULL,
  `big` double DEFAULT NULL,
  `born` datetime(6) DEFAULT NULL,
  `seen` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
