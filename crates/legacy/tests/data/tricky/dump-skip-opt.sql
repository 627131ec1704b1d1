/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: 127.0.0.1    Database: legacy_tricky
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Sequence structure for `sq`
--

CREATE SEQUENCE `sq` start with 1 minvalue 1 maxvalue 9223372036854775806 increment by 1 cache 1000 nocycle ENGINE=InnoDB;
DO SETVAL(`sq`, 1, 0);

--
-- Table structure for table `acc`
--

/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
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
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `acc`
--

INSERT INTO `acc` VALUES (1,'Admin','admin','é€','plain','\0A','','\0','',12.50,-1e30,'2024-01-02 03:04:05.123456','2024-01-02 03:04:05');
INSERT INTO `acc` VALUES (2,'昞昞','昞昞','NULL','','','\0�\\\'\"\n\r\Z	','','\0\\',0.10,1.5e300,'1970-01-01 00:00:00.000000','2024-06-30 23:59:59');
INSERT INTO `acc` VALUES (3,'O\'Re\"ef\\n','o\'re\"ef\\n','','a\\nb\nc\\r\\n\\012','10','�','',NULL,NULL,NULL,NULL,NULL);
INSERT INTO `acc` VALUES (4,'x\\','x\\','; -- ','\"),(\"','\\','\\N','','\0	',-3.00,0.1,'9999-12-31 23:59:59.999999',NULL);
INSERT INTO `acc` VALUES (5,'NULL','null',NULL,NULL,NULL,NULL,'\0','\0\n',0.00,0,'2000-02-29 12:00:00.000000',NULL);
INSERT INTO `acc` VALUES (6,'','','tab	tab','🌸 \'quoted\'','\0\0\0\0\0\0\0\0','\'\'\\\\','\0','�',999.99,123456789,'2024-01-02 03:04:05.500000','1999-12-31 23:59:59');

--
-- Table structure for table `empty_one`
--

/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `empty_one` (
  `a` int(11) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `empty_one`
--

/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'NO_BACKSLASH_ESCAPES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`127.0.0.1`*/ /*!50003 TRIGGER tr BEFORE INSERT ON empty_one FOR EACH ROW BEGIN SET NEW.a = 1;  SET NEW.a = NEW.a + 1; 
END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;

--
-- Table structure for table `hidden`
--

/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `hidden` (
  `id` int(11) NOT NULL,
  `secret` varchar(9) INVISIBLE DEFAULT 'x',
  `name` varchar(9) DEFAULT NULL,
  PRIMARY KEY (`id`)
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `hidden`
--

INSERT INTO `hidden` (`id`, `secret`, `name`) VALUES (1,'s1','n1');
INSERT INTO `hidden` (`id`, `secret`, `name`) VALUES (2,'s2','n2');

--
-- Table structure for table `hist`
--

/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `hist` (
  `id` int(11) NOT NULL,
  `pw` varchar(9) DEFAULT NULL,
  PRIMARY KEY (`id`)
) WITH SYSTEM VERSIONING;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `hist`
--

INSERT INTO `hist` VALUES (1,'new');
INSERT INTO `hist` VALUES (3,'kept');

--
-- Temporary table structure for view `v`
--

SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW `v` AS SELECT
 NULL AS `id`,
 NULL AS `name` */;
SET character_set_client = @saved_cs_client;

--
-- Final view structure for view `v`
--

/*!50001 DROP VIEW IF EXISTS `v`*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`127.0.0.1` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `acc`.`id` AS `id`,`acc`.`name` AS `name` from `acc` */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-28  1:57:17
